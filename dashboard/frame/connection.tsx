import './connection.css';
import { t } from '../language/language.ts';
import { connection } from '../live/live.ts';

/** Whether what is shown is how it is now. */
export function Connection() {
  const state = connection.value;
  return (
    <span class={`connection ${state}`} title={t().frame.connection[state]}>
      <span class="connection-dot" aria-hidden="true" />
      <span class="connection-word">{t().frame.connection[state]}</span>
    </span>
  );
}
