import type { Overview } from '../../../server/http/schemas/server.ts';
import { href, queueHref } from '../../api/base.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';

/** There is room for so many. */
const MOST = 3;

/** Queues whose messages nobody comes for. */
export function UnreadPanel({ overview }: { readonly overview: Overview | undefined }) {
  const words = t().overview;
  const unread = (overview?.conditions ?? []).flatMap(({ code, queue }) =>
    code === 'no-readers' && queue !== null ? [queue] : [],
  );
  return (
    <Panel
      isFlush
      title={words.unread}
      tools={<a href={href('/queues', { state: 'no-readers' })}>{words.allUnread}</a>}
    >
      <div class="needs-unread">
        {overview !== undefined && unread.length === 0 ? (
          <p class="needs-none">{words.noUnread}</p>
        ) : (
          <ul class="needs-list">
            {unread.slice(0, MOST).map((queue) => (
              <li key={queue.key}>
                <a class="needs-what" href={queueHref(queue.key)}>
                  <Foreign text={queue.name} />
                </a>
              </li>
            ))}
          </ul>
        )}
        {unread.length > MOST && <p class="needs-more">{words.moreUnread(unread.length - MOST)}</p>}
      </div>
    </Panel>
  );
}
