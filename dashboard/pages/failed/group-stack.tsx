import { useEffect, useState } from 'preact/hooks';
import type { Message, MessageDetail } from '../../../server/http/schemas/messages.ts';
import { messageHref } from '../../api/base.ts';
import { read } from '../../api/client.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Panel } from '../../components/panel.tsx';
import { ScrollingText } from '../../components/scrolling-text.tsx';
import { t } from '../../language/language.ts';

/** All of the error of one message: causes and stack. It stays what it was first, whatever fails meanwhile. */
export function GroupStack({
  queue,
  message,
}: {
  readonly queue: string;
  readonly message: Message | undefined;
}) {
  const [detail, setDetail] = useState<MessageDetail>();
  const ref = detail?.ref ?? message?.ref;
  useEffect(() => {
    if (ref === undefined) return;
    const gone = new AbortController();
    // What is gone meanwhile is not shown: the list says that it is.
    read('/queues/{q}/messages/{ref}', { q: queue, ref, signal: gone.signal })
      .then(setDetail)
      .catch(() => {});
    return () => gone.abort();
  }, [queue, ref]);
  const words = t().failed;
  const text = detail?.error_text ?? '';
  return (
    <Panel
      title={words.stack}
      tools={
        detail !== undefined && (
          <>
            <a href={messageHref(queue, detail.ref)}>{words.trial.message}</a>
            <CopyButton text={text} />
          </>
        )
      }
    >
      <div class="stack">
        <ScrollingText label={words.error} text={detail === undefined ? '' : text || words.noError} />
      </div>
    </Panel>
  );
}
