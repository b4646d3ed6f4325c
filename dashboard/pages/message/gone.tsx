import { useEffect, useState } from 'preact/hooks';
import type { Job, Message, MessageDetail } from '../../../server/http/schemas/messages.ts';
import { href, messageHref, queueHref } from '../../api/base.ts';
import { read } from '../../api/client.ts';
import { Empty } from '../../components/empty.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { State, type StateName } from '../../components/state.tsx';
import { Relative } from '../../components/times.tsx';
import { t } from '../../language/language.ts';

interface Props {
  readonly queue: string;
  readonly handle: string;
  /** As it was when it was seen last. */
  readonly last: MessageDetail | undefined;
}

interface Traces {
  readonly moved: Message | undefined;
  readonly job: Job | undefined;
}

/** Says what became of a message that is not there any more, as far as the server knows, and leads on. */
export function Gone({ queue, handle, last }: Props) {
  const traces = useTraces(queue, handle, last?.id ?? undefined);
  const words = t().message.gone;
  return (
    <Empty icon="archive" title={words.title}>
      {traces === undefined ? (
        <p>{words.looking}</p>
      ) : traces.moved !== undefined ? (
        <Moved message={traces.moved} />
      ) : traces.job !== undefined ? (
        <JobWords job={traces.job} />
      ) : (
        <p>{last?.state === 'reserved' ? words.wasRunning : words.text}</p>
      )}
      <p class="gone-ways">
        <a href={queueHref(queue)}>{words.toQueue}</a>
        <a href={href('/search', { q: last?.id ?? handle })}>{words.search}</a>
      </p>
    </Empty>
  );
}

function Moved({ message: { queue, ref } }: { readonly message: Message }) {
  return (
    <p>
      {t().message.gone.moved}{' '}
      <a href={messageHref(queue.key, ref)}>
        <Foreign text={queue.name} />
      </a>
    </p>
  );
}

const STATES: Readonly<Record<Job['status'], StateName>> = {
  waiting: 'ready',
  running: 'reserved',
  complete: 'complete',
  failed: 'failed',
  cancelled: 'cancelled',
};

function JobWords({ job }: { readonly job: Job }) {
  const words = t().message.gone;
  return (
    <>
      <p>
        <Foreign text={words.job(job.id)} />
      </p>
      <p>
        <State name={STATES[job.status]} /> {words.jobStatus[job.status]}{' '}
        {job.ended_at !== null && <Relative at={job.ended_at} />}
      </p>
      {job.error !== null && (
        <p>
          <Foreign text={job.error.split('\n', 1)[0] as string} isMono />
        </p>
      )}
      {job.ref !== null && (
        <p>
          {words.another}{' '}
          <a href={messageHref(job.queue.key, job.ref)}>
            <Foreign text={job.ref} isMono />
          </a>
        </p>
      )}
    </>
  );
}

/** A handle is that of one message wherever it is, so the search finds where it has gone. */
function useTraces(queue: string, handle: string, id: string | undefined): Traces | undefined {
  const [traces, setTraces] = useState<Traces>();
  useEffect(() => {
    const { signal, ...request } = abortable();
    const found = read('/search', { query: { q: handle, limit: 1 }, signal }).then(
      ({ items }) => items.find(({ ref }) => ref === handle),
      () => undefined,
    );
    const job =
      id === undefined
        ? undefined
        : read('/queues/{q}/jobs/{id}', { q: queue, id, signal }).catch(() => undefined);
    void Promise.all([found, job]).then(([moved, known]) => {
      if (!signal.aborted) setTraces({ moved, job: known });
    });
    return request.abort;
  }, [queue, handle, id]);
  return traces;
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
