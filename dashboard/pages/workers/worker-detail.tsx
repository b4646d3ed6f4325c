import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Worker } from '../../../server/http/schemas/server.ts';
import { href, messageHref, queueHref } from '../../api/base.ts';
import { Button } from '../../components/button.tsx';
import { Facts } from '../../components/facts.tsx';
import { Bytes, Nothing, Percent } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Relative, Since, Time } from '../../components/times.tsx';
import { holderOf } from '../../format/holder.ts';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { WatchedName } from './watched-names.tsx';
import { watchedQueues } from './watched-queues.ts';
import { WorkerActions } from './worker-actions.tsx';
import { workerName } from './worker-name.ts';
import { WorkerState } from './worker-state.tsx';

/** One worker, with what it runs now. `workers`: undefined until they are known. */
export function WorkerDetail({
  id,
  workers,
}: {
  readonly id: string;
  readonly workers: readonly Worker[] | undefined;
}) {
  const element = useRef<HTMLDivElement>(null);
  // It is above a table that may be long.
  useEffect(() => element.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div ref={element}>
      <Detail id={id} workers={workers} />
    </div>
  );
}

function Detail({ id, workers }: { readonly id: string; readonly workers: readonly Worker[] | undefined }) {
  const { route } = useLocation();
  const words = t().workers;
  const worker = workers?.find((each) => each.id === id);
  const close = (
    <Button kind="quiet" icon="x" isIconOnly onClick={() => route(href('/workers'))}>
      {t().common.close}
    </Button>
  );
  if (worker === undefined) {
    return (
      <Panel title={id} tools={close}>
        <p class="muted">{workers === undefined ? t().common.loading : words.unknownWorker}</p>
      </Panel>
    );
  }
  const { facts } = words;
  return (
    <Panel
      title={workerName(worker)}
      tools={
        <>
          <WorkerActions worker={worker} />
          {close}
        </>
      }
    >
      <Facts
        facts={[
          [words.state, <WorkerState key="state" worker={worker} />],
          [facts.program, <Foreign key="program" text={programOf(worker)} />],
          [facts.role, worker.role === null ? '–' : <Foreign key="role" text={worker.role} />],
          [facts.id, <Foreign key="id" text={worker.id} isMono />],
          [facts.started, <Time key="started" at={worker.started_at} isWhole />],
          [facts.seen, <Relative key="seen" at={worker.seen_at} />],
          [facts.connections, worker.connections],
          [
            words.memory,
            worker.rss_bytes === null ? <Nothing key="m" /> : <Bytes key="m" of={worker.rss_bytes} />,
          ],
          [words.cpu, worker.cpu === null ? <Nothing key="c" /> : <Percent key="c" of={worker.cpu} />],
          [
            words.queues,
            <ul key="queues" class="worker-queues">
              {watchedQueues(worker.queues).map((watched) => (
                <li key={watched.text}>
                  <WatchedName watched={watched} />
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
      <Jobs worker={worker} />
    </Panel>
  );
}

function programOf({ program, version }: Worker): string {
  return program === null ? '–' : `${program} ${version ?? ''}`.trim();
}

/** What it runs, among the jobs that have run for longest of all. */
function Jobs({ worker: { id, busy } }: { readonly worker: Worker }) {
  const running = useTopic('running');
  const words = t().workers;
  const jobs = (running?.items ?? []).filter(
    ({ holder }) => holder !== null && holderOf(holder).worker === id,
  );
  const none = busy === null || busy === 0 ? words.noJobs : words.jobsNotShown;
  return (
    <div class="worker-jobs">
      <h3>{words.jobs}</h3>
      {jobs.length === 0 && <p class="muted">{running === undefined ? t().common.loading : none}</p>}
      <ul>
        {jobs.map(({ ref, queue, preview, id, started_at }) => (
          <li key={ref}>
            <a class="clip" href={messageHref(queue.key, ref)}>
              <Foreign text={preview ?? id ?? ref} isMono />
            </a>
            <a class="clip worker-job-queue" href={queueHref(queue.key)}>
              <Foreign text={queue.name} />
            </a>
            <span class="muted">
              <Since at={started_at} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
