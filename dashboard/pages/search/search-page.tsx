import './search-page.css';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { href } from '../../api/base.ts';
import { Page } from '../../components/page.tsx';
import { t } from '../../language/language.ts';
import { rememberSearch } from './recent.ts';
import { SearchForm } from './search-form.tsx';
import { SearchHelp } from './search-help.tsx';
import { Results } from './search-results.tsx';
import type { SearchFor } from './search-run.ts';
import { forgetLastSearch } from './use-search.ts';

/** Messages anywhere, by what is in them. */
export function SearchPage() {
  const { query, route } = useLocation();
  const [round, setRound] = useState(0);
  const { q = '', queue = '', state = '' } = query;
  const search: SearchFor = { q, queue, state };
  const begin = (wanted: SearchFor) => {
    rememberSearch(wanted);
    forgetLastSearch();
    setRound(round + 1);
    route(href('/search', { ...wanted }));
  };
  const words = t().search;
  return (
    <Page title={q === '' ? words.title : words.titleOf(q)}>
      <SearchForm search={search} onSearch={begin} />
      {q === '' ? (
        <SearchHelp />
      ) : (
        <Results key={`${round} ${JSON.stringify(search)}`} search={search} onAgain={() => begin(search)} />
      )}
    </Page>
  );
}
