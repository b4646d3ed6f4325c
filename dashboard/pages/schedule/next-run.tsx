import type { ScheduledJob } from '../../../server/http/schemas/server.ts';
import { Badge } from '../../components/badge.tsx';
import { now } from '../../components/now.ts';
import { State, type StateName } from '../../components/state.tsx';
import { Relative, Since, Time } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { isLate } from './late.ts';

const STATES: Readonly<Record<ScheduledJob['state'], StateName>> = {
  waiting: 'delayed',
  ready: 'ready',
  running: 'reserved',
  disabled: 'disabled',
};

/** When a job runs next; or that its run has come, is under way, or never comes. */
export function NextRun({ job: { state, next_at, due_at } }: { readonly job: ScheduledJob }) {
  const words = t().schedule;
  if (state === 'waiting') {
    return (
      <div class="next-run">
        <Relative at={next_at} />
        {next_at !== null && (
          <span class="muted">
            <Time at={next_at} />
          </span>
        )}
      </div>
    );
  }
  const isTooLate = state === 'ready' && isLate(due_at, now.value);
  return (
    <div class="next-run">
      {isTooLate ? (
        <Badge icon="alert" tone="warn">
          {words.late}
        </Badge>
      ) : (
        <State name={STATES[state]} />
      )}
      {state === 'ready' && due_at !== null && (
        <span class="muted">
          {words.nobodyFor} <Since at={due_at} />
        </span>
      )}
    </div>
  );
}
