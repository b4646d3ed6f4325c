import type { MessageList } from '../../../server/http/schemas/messages.ts';
import type { Overview } from '../../../server/http/schemas/server.ts';
import { href, messageHref, queueHref } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Holder } from '../../components/holder.tsx';
import { Panel } from '../../components/panel.tsx';
import { Since } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';

/** What it calls never changes; only that it is the first does. */
const PERIOD_MS = 5000;
const FIRST = pathOf('/running', { query: { limit: 1 } });

/** The job that has run for longest, with its call and who runs it. */
export function LongestPanel({ overview }: { readonly overview: Overview | undefined }) {
  const words = t().overview;
  const oldest = overview?.oldest_running;
  const { data } = usePolled<MessageList>(oldest == null ? undefined : FIRST, PERIOD_MS);
  const message = data?.items.find(({ ref }) => ref === oldest?.ref);
  return (
    <Panel isFlush title={words.longest} tools={<a href={href('/running')}>{words.allRunning}</a>}>
      <div class="needs-longest">
        {oldest == null ? (
          <p class="needs-none">{overview === undefined ? '' : words.noneRuns}</p>
        ) : (
          <ul class="needs-list">
            <li>
              <a class="needs-what" href={messageHref(oldest.queue.key, oldest.ref)}>
                <Foreign text={message?.preview ?? message?.id ?? oldest.ref} isMono />
              </a>
              <span class="needs-about">
                <a href={queueHref(oldest.queue.key)}>
                  <Foreign text={oldest.queue.name} />
                </a>
                {message?.holder != null && <Holder name={message.holder} />}
              </span>
              <span class="needs-count">
                <Since at={oldest.started_at} />
              </span>
            </li>
          </ul>
        )}
      </div>
    </Panel>
  );
}
