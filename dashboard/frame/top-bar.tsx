import './top-bar.css';
import { useLocation } from 'preact-iso';
import { href } from '../api/base.ts';
import { serverInfo } from '../api/server-info.ts';
import { Icon } from '../icons/icon.tsx';
import { t } from '../language/language.ts';
import { Connection } from './connection.tsx';
import { PALETTE_KEYS } from './keyboard/shortcuts.ts';
import { openPalette } from './palette/palette-state.ts';
import { PreferencesMenu } from './preferences-menu.tsx';

export const SEARCH_ID = 'search';

/** What every page has above it: the search, whether what is shown is live, and how the user wants it. */
export function TopBar() {
  const { route } = useLocation();
  const words = t().frame;
  const info = serverInfo.value;
  return (
    <header class="top-bar">
      {/* biome-ignore lint/a11y/useSemanticElements: not all browsers know <search> */}
      <form
        role="search"
        class="top-search"
        onSubmit={(event) => {
          event.preventDefault();
          const q = new FormData(event.currentTarget).get('q');
          if (typeof q === 'string' && q.trim() !== '') route(href('/search', { q: q.trim() }));
        }}
      >
        <Icon name="search" />
        <input
          id={SEARCH_ID}
          name="q"
          type="search"
          aria-label={words.search}
          placeholder={words.searchHint}
          autocomplete="off"
          spellcheck={false}
        />
        <span aria-hidden="true">
          <kbd>/</kbd>
        </span>
      </form>
      <button type="button" class="top-commands" onClick={openPalette} title={words.commands}>
        <Icon name="command" />
        <span class="top-commands-word">{words.commands}</span>
        <span aria-hidden="true">
          <kbd>{PALETTE_KEYS.join(' ')}</kbd>
        </span>
      </button>
      {info?.readonly && (
        <span class="top-readonly">
          <Icon name="lock" />
          {words.readOnly}
        </span>
      )}
      <Connection />
      <PreferencesMenu />
    </header>
  );
}
