import { Foreign } from '../../components/foreign.tsx';
import { Relative } from '../../components/times.tsx';
import { dateTime, timeZoneOf, utcTitle } from '../../format/times.ts';
import { visibleString } from '../../format/visible-text.ts';
import { locale, t } from '../../language/language.ts';
import { timeZone } from '../../preferences/preferences.ts';
import { RunCell } from './run-cell.tsx';
import { endOf, inOrder, type Run } from './run-order.ts';

/** How the last runs ended, a cell each, the newest at the end; under them the newest in words. */
export function LastRuns({ runs }: { readonly runs: readonly Run[] }) {
  const words = t().schedule;
  const ordered = inOrder(runs);
  const last = ordered.at(-1);
  if (last === undefined) return <span class="muted">{words.noRuns}</span>;
  return (
    <div class="last-runs">
      <ol aria-label={words.runs}>
        {ordered.map((run) => {
          const text = textOf(run);
          return (
            <li key={run.at} title={text}>
              <RunCell end={endOf(run)} />
              <span class="visually-hidden">{text}</span>
            </li>
          );
        })}
      </ol>
      <span class={last.outcome === 'failed' ? 'last-run bad' : 'last-run'}>
        {words.outcomes[last.outcome] ?? last.outcome} <Relative at={last.at} />
      </span>
      {last.error !== null && (
        <span class="last-run-error" title={visibleString(last.error)}>
          <Foreign text={last.error} isMono />
        </span>
      )}
    </div>
  );
}

function textOf({ outcome, at, error }: Run): string {
  const words = t().schedule;
  const ms = Date.parse(at);
  const when = `${dateTime(ms, locale.value, timeZoneOf(timeZone.value))} (${utcTitle(ms)})`;
  const how = words.outcomes[outcome] ?? outcome;
  return error === null ? `${how}, ${when}` : `${how}, ${when}: ${visibleString(error)}`;
}
