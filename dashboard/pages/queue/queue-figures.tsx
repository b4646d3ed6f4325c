import type { ComponentChildren } from 'preact';
import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { Bytes, Count, Nothing, Rate } from '../../components/figures.tsx';
import { Duration, Seconds } from '../../components/times.tsx';
import { t } from '../../language/language.ts';

/** How a queue is now, in figures. Without one the same room is taken. */
export function QueueFigures({ queue }: { readonly queue: QueueDetail | undefined }) {
  const words = t().queue.figures;
  const of = (render: (queue: QueueDetail) => ComponentChildren) =>
    queue === undefined ? <Nothing /> : render(queue);
  const figures: readonly (readonly [name: string, value: ComponentChildren])[] = [
    [words.in, of(({ rates }) => <Rate of={rates.in} />)],
    [words.done, of(({ rates }) => <Rate of={rates.out} />)],
    [words.failed, of(({ rates }) => <Rate of={rates.failed} />)],
    [words.oldest, of(({ oldest_age, ready }) => (ready === 0 ? <Nothing /> : <Seconds of={oldest_age} />))],
    [words.wait, of(({ wait_ms }) => <Latency of={wait_ms} />)],
    [words.run, of(({ run_ms }) => <Latency of={run_ms} />)],
    [words.readers, of(({ readers }) => <Count of={readers} />)],
    [words.size, of(({ bytes }) => <Bytes of={bytes} />)],
  ];
  return (
    <dl class="queue-figures" aria-busy={queue === undefined}>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How long most take, and nearly all. */
function Latency({ of }: { readonly of: QueueDetail['wait_ms'] }) {
  if (of === null) return <Nothing />;
  return (
    <>
      <Duration ms={of.p50} /> <span class="muted">/</span> <Duration ms={of.p95} />
    </>
  );
}
