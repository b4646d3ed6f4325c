import type { ErrorGroup } from '../../../server/http/schemas/actions.ts';
import type { Message } from '../../../server/http/schemas/messages.ts';
import { Bar } from '../../components/bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Count, Percent } from '../../components/figures.tsx';
import { Panel } from '../../components/panel.tsx';
import { Time } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { byAttempts } from './attempts.ts';

/** How many attempts are told apart. */
const MOST_SHOWN = 6;

/** What can be counted of an error: when, what part of all, after how many attempts. */
export function GroupNumbers({
  group,
  newest,
}: {
  readonly group: ErrorGroup | undefined;
  readonly newest: readonly Message[] | undefined;
}) {
  const overview = useTopic('overview');
  const words = t().failed;
  const total = overview?.failed ?? 0;
  const died = newest?.filter(({ deaths }) => deaths > 0).length ?? 0;
  return (
    <Panel title={words.numbers}>
      <div class="group-numbers">
        <Facts
          facts={[
            [words.first, <Time key="first" at={group?.first_at ?? null} isWhole />],
            [words.last, <Time key="last" at={group?.last_at ?? null} isWhole />],
            [
              words.ofAll,
              <Percent key="share" of={group && total > 0 ? Math.min(1, group.count / total) : 0} />,
            ],
          ]}
        />
        <h3>
          {words.byAttempts}{' '}
          {newest !== undefined && group !== undefined && newest.length < group.count && (
            <span class="muted group-of">{words.byAttemptsOf(newest.length)}</span>
          )}
        </h3>
        <ul class="attempt-bars">
          {byAttempts(newest ?? [])
            .slice(0, MOST_SHOWN)
            .map(({ attempts, messages }) => (
              <li key={attempts}>
                <span>{words.attempts(attempts)}</span>
                <Bar part={messages / Math.max(1, newest?.length ?? 0)} />
                <span class="figure">
                  <Count of={messages} />
                </span>
              </li>
            ))}
        </ul>
        {died > 0 && <p class="note warn">{words.died(died)}</p>}
      </div>
    </Panel>
  );
}
