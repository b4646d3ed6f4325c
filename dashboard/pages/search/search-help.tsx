import { href } from '../../api/base.ts';
import { Button } from '../../components/button.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Icon } from '../../icons/icon.tsx';
import { t } from '../../language/language.ts';
import { forgetSearch, forgetSearches, recentSearches } from './recent.ts';

/** What can be searched for, and what was searched for here lately. */
export function SearchHelp() {
  const words = t().search;
  return (
    <>
      <Recent />
      <Panel title={words.help}>
        <dl class="search-help">
          {words.ways.map(([what, how]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd class="muted">{how}</dd>
            </div>
          ))}
        </dl>
      </Panel>
    </>
  );
}

function Recent() {
  const words = t().search;
  const searches = recentSearches.value;
  if (searches.length === 0) return null;
  return (
    <Panel
      title={words.recent}
      tools={
        <Button kind="quiet" icon="trash" onClick={forgetSearches}>
          {words.forgetAll}
        </Button>
      }
    >
      <ul class="recent">
        {searches.map((search) => (
          <li key={JSON.stringify(search)}>
            <a href={href('/search', { ...search })}>
              <Icon name="search" /> <Foreign text={search.q} />
              {search.queue !== '' && (
                <span class="muted">
                  {' '}
                  {words.inQueue} <Foreign text={search.queue} />
                </span>
              )}
              {search.state !== '' && (
                <span class="muted"> {t().common.states[search.state as 'ready'] ?? search.state}</span>
              )}
            </a>
            <Button kind="quiet" icon="x" isIconOnly onClick={() => forgetSearch(search)}>
              {words.forget(search.q)}
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
