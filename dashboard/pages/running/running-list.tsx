import type { Message } from '../../../server/http/schemas/messages.ts';
import type { QueueList } from '../../../server/http/schemas/queues.ts';
import { actOn, type Chosen } from '../../actions/act-on.ts';
import { refusal } from '../../actions/permission.ts';
import { pathOf } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { SelectionBar } from '../../components/selection-bar.tsx';
import { Table } from '../../components/table.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { useSelection } from '../../components/use-selection.ts';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { chosenJobs } from './chosen-jobs.ts';
import { runningColumns } from './running-columns.tsx';

const QUEUES_PERIOD_MS = 10_000;
/** Of so many queues, those of which most runs, it is known how long their jobs take. */
const MOST_QUEUES = 200;

/** Jobs that run: to look at, to choose, to cancel. `queue`: the key of the one that they are all of. */
export function RunningList({
  jobs,
  isBusy,
  queue,
}: {
  readonly jobs: readonly Message[];
  readonly isBusy: boolean;
  readonly queue: string | undefined;
}) {
  const refs = jobs.map(({ ref }) => ref);
  const selection = useSelection(refs);
  const [isActing, run] = useBusy();
  const path = pathOf('/queues', { query: { sort: 'reserved', limit: MOST_QUEUES } });
  const queues = usePolled<QueueList>(path, QUEUES_PERIOD_MS).data?.items ?? [];
  const runTimes = new Map(queues.map(({ key, run_ms }) => [key, run_ms]));
  const refused = refusal('operator');
  const words = t().running;
  const cancel = (chosen: Chosen) =>
    run(async () => {
      await actOn('cancel', chosen);
      selection.clear();
    });
  const name = jobs[0]?.queue.name ?? '';
  return (
    <>
      <SelectionBar
        selection={selection}
        listed={refs}
        idle={
          queue !== undefined && (
            <Button
              kind="quiet"
              icon="ban"
              refused={refused}
              isBusy={isActing}
              onClick={() => cancel({ select: { queue, state: 'reserved' }, queue: name })}
            >
              {words.cancelAll}
            </Button>
          )
        }
      >
        <Button
          kind="danger"
          icon="ban"
          refused={refused}
          isBusy={isActing}
          onClick={() => cancel(chosenJobs(jobs.filter(({ ref }) => selection.has(ref))))}
        >
          {words.cancelJob}
        </Button>
      </SelectionBar>
      <Table
        caption={words.caption}
        isBusy={isBusy}
        rows={jobs}
        keyOf={({ ref, started_at }) => `${ref} ${started_at}`}
        toneOf={({ ref }) => (selection.has(ref) ? 'chosen' : undefined)}
        columns={runningColumns({ queue, selection, runTimes, refused })}
      />
    </>
  );
}
