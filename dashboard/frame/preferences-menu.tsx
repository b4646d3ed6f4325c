import './preferences-menu.css';
import { serverInfo } from '../api/server-info.ts';
import { Icon } from '../icons/icon.tsx';
import { LANGUAGE_NAMES, LANGUAGES, language, t } from '../language/language.ts';
import { THEMES, TIME_ZONES, theme, timeZone } from '../preferences/preferences.ts';
import { Choice } from './choice.tsx';

/** How the user wants the pages: colours, language, by which clock times are told. */
export function PreferencesMenu() {
  const words = t().frame;
  const info = serverInfo.value;
  return (
    <details
      class="preferences"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (next instanceof Node && !event.currentTarget.contains(next)) event.currentTarget.open = false;
      }}
    >
      <summary aria-label={words.preferences} title={words.preferences}>
        <Icon name="user" />
      </summary>
      <div class="preferences-body">
        {info && <p>{words.user(info.user, info.role)}</p>}
        <Choice
          title={words.theme}
          choice={theme}
          options={THEMES.map((each) => [each, words.themes[each]])}
        />
        <Choice
          title={words.language}
          choice={language}
          options={LANGUAGES.map((each) => [each, LANGUAGE_NAMES[each]])}
        />
        <Choice
          title={words.times}
          choice={timeZone}
          options={TIME_ZONES.map((each) => [each, words.zones[each]])}
        />
        {info !== undefined && <p class="muted">memq {info.version}</p>}
      </div>
    </details>
  );
}
