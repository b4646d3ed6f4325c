import './payload-panel.css';
import { useLocation } from 'preact-iso';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { href, messageHref } from '../../api/base.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { bytes as bytesText } from '../../format/numbers.ts';
import { Icon } from '../../icons/icon.tsx';
import { locale, t } from '../../language/language.ts';
import { CallView } from './call-view.tsx';
import { bytesOfBase64, hexDump } from './hex.ts';
import { prettyJson } from './pretty-json.ts';

type View = 'decoded' | 'text' | 'hex';
/** So many bytes a line have room on a phone. */
const NARROW = 720;

/** What is in a message: as a worker reads it, as text, as bytes. */
export function PayloadPanel({ message }: { readonly message: MessageDetail }) {
  const { query } = useLocation();
  const words = t().message.payload;
  const { payload, call, truncated, body_bytes: size, queue, ref } = message;
  const json = call === null && payload !== null && !truncated ? prettyJson(payload) : undefined;
  const views = viewsOf(message, json);
  const view = views.find((each) => each === query.view) ?? (views[0] as View);
  const body = href(`/api/v1/queues/${queue.key}/messages/${ref}/body`);
  const { view: _view, ...others } = query;
  return (
    <Panel
      title={words.title}
      tools={
        size > 0 && (
          <a href={body} download={`${ref}.bin`}>
            <Icon name="download" /> {words.download}
          </a>
        )
      }
    >
      {size === 0 ? (
        <p class="muted">{message.state === 'ended' ? words.notKept : words.none}</p>
      ) : (
        <>
          <Tabs
            label={words.title}
            current={view}
            tabs={views.map((each) => ({
              key: each,
              title: words.views[each],
              href: withQuery(messageHref(queue.key, ref), { ...others, view: each }),
            }))}
          />
          <div class="payload-view">
            {view === 'decoded' && call !== null && <CallView call={call} />}
            {view === 'decoded' && call === null && <Json text={json ?? ''} />}
            {view === 'text' && <Text text={payload ?? ''} />}
            {view === 'hex' && <Hex message={message} />}
          </div>
          {truncated && <Truncated message={message} />}
        </>
      )}
    </Panel>
  );
}

function viewsOf({ call, payload }: MessageDetail, json: string | undefined): View[] {
  return [
    ...(call !== null || json !== undefined ? (['decoded'] as const) : []),
    ...(payload === null ? [] : (['text'] as const)),
    'hex',
  ];
}

function Json({ text }: { readonly text: string }) {
  const words = t().message.payload;
  return (
    <>
      <p class="muted">{words.notACall}</p>
      <Code text={text} label={words.textLabel} copy={words.copyText} />
    </>
  );
}

function Text({ text }: { readonly text: string }) {
  const words = t().message.payload;
  return <Code text={text} label={words.textLabel} copy={words.copyText} />;
}

function Hex({ message }: { readonly message: MessageDetail }) {
  const words = t().message.payload;
  const { payload, payload_base64: base64 } = message;
  const bytes = payload === null ? bytesOfBase64(base64 ?? '') : new TextEncoder().encode(payload);
  const dump = hexDump(bytes, innerWidth < NARROW ? 8 : 16);
  return <Code text={dump} label={words.hexLabel} copy={words.copyHex} isFixed />;
}

/** A text of somebody else's in its own lines, with the way to copy it. */
function Code({
  text,
  label,
  copy,
  isFixed = false,
}: {
  readonly text: string;
  readonly label: string;
  readonly copy: string;
  /** Its lines are not broken. */
  readonly isFixed?: boolean;
}) {
  return (
    <div class="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class={isFixed ? 'code-text fixed' : 'code-text'} tabIndex={0} aria-label={label}>
        <Foreign text={text} isMono />
      </section>
      <CopyButton text={text} label={copy} />
    </div>
  );
}

function Truncated({ message }: { readonly message: MessageDetail }) {
  const { payload, payload_base64: base64, body_bytes: size } = message;
  const shown =
    payload === null ? bytesOfBase64(base64 ?? '').length : new TextEncoder().encode(payload).length;
  const text = (count: number) => bytesText(count, locale.value).text;
  return <p class="muted">{t().message.payload.truncated(text(shown), text(size))}</p>;
}

function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  return `${address}?${new URLSearchParams(query)}`;
}
