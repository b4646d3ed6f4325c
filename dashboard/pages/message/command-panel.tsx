import { useLocation } from 'preact-iso';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import type { ServerInfo } from '../../../server/http/schemas/server.ts';
import { base, messageHref } from '../../api/base.ts';
import { serverInfo } from '../../api/server-info.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { t } from '../../language/language.ts';
import { type Address, COMMAND_LANGUAGES, commandOf } from './commands.ts';

/** What enqueues the same once more, to be copied. */
export function CommandPanel({ message }: { readonly message: MessageDetail }) {
  const { query } = useLocation();
  const words = t().message.command;
  const language = COMMAND_LANGUAGES.find((each) => each === query.as) ?? 'memq';
  const command = commandOf(language, message, address());
  const page = messageHref(message.queue.key, message.ref);
  return (
    <Panel title={words.title} tools={<CopyButton text={command} label={words.copy} />}>
      <Tabs
        label={words.title}
        current={language}
        tabs={COMMAND_LANGUAGES.map((each) => ({
          key: each,
          title: words.names[each],
          href: `${page}?${new URLSearchParams({ ...query, as: each })}`,
        }))}
      />
      <div class="payload-view">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
        <section class="code-text" tabIndex={0} aria-label={words.label}>
          <Foreign text={command} isMono />
        </section>
      </div>
      <p class="muted">{words.hint}</p>
    </Panel>
  );
}

/** Where this server is: as seen from here, and where memcache clients connect. */
function address(): Address {
  const info = serverInfo.value;
  return {
    url: `${location.origin}${base}`,
    user: info?.user ?? null,
    memcache: info === undefined ? USUAL : memcacheOf(info),
  };
}

/** It listens at all addresses: at that of the page, too. */
const ANY = /^(?:0\.0\.0\.0|::)?$/;
const USUAL = { host: '127.0.0.1', port: 22201 };

function memcacheOf({ memcache, unix_socket: socket }: ServerInfo): Address['memcache'] {
  if (memcache !== null)
    return { ...memcache, host: ANY.test(memcache.host) ? location.hostname : memcache.host };
  return socket === null ? USUAL : { socket };
}
