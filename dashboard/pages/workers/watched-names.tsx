import { queueHref } from '../../api/base.ts';
import { queueKey } from '../../api/queue-key.ts';
import { Foreign } from '../../components/foreign.tsx';
import { t } from '../../language/language.ts';
import type { Watched } from './watched-queues.ts';

/** What a worker takes from: where that is one queue, the way to it. */
export function WatchedName({ watched: { text, queue } }: { readonly watched: Watched }) {
  if (text === '*') return <span>{t().workers.allOthers}</span>;
  if (queue === undefined) return <Foreign text={text} />;
  return (
    <a href={queueHref(queueKey(queue))}>
      <Foreign text={text} />
    </a>
  );
}
