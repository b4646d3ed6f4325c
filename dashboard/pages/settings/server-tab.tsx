import { href } from '../../api/base.ts';
import { serverInfo } from '../../api/server-info.ts';
import { Facts } from '../../components/facts.tsx';
import { Bytes, Count } from '../../components/figures.tsx';
import { Panel } from '../../components/panel.tsx';
import { Duration, Since, Time } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { ClusterPanel } from './cluster-panel.tsx';

/** What the server says of itself, and where else it can be asked. */
export function ServerTab() {
  const info = serverInfo.value;
  const words = t().settings;
  const { facts } = words;
  if (info === undefined) return <p class="muted">{t().common.loading}</p>;
  const { limits } = info;
  return (
    <>
      <Panel title={words.server}>
        <Facts
          facts={[
            [facts.version, `memq ${info.version}`],
            [facts.health, words.health[info.health]],
            [facts.started, <Time key="at" at={info.started_at} isWhole />],
            [facts.up, <Since key="up" at={info.started_at} />],
            [facts.user, info.user ?? words.nobody],
            [facts.role, words.roles[info.role] ?? info.role],
            [facts.readonly, info.readonly ? words.yes : words.no],
            [facts.connections, <Count key="connections" of={info.connections} />],
            [facts.memory, <Bytes key="memory" of={info.memory_bytes} />],
            [facts.largest, <Bytes key="largest" of={limits.max_item_size ?? 0} />],
            [facts.longestWait, <Duration key="wait" ms={limits.max_wait_ms ?? 0} />],
            [facts.process, `${info.pid} · Node.js ${info.node}`],
          ]}
        />
      </Panel>
      {info.cluster !== null && <ClusterPanel cluster={info.cluster} />}
      <Panel title={words.elsewhere}>
        <ul class="link-list">
          <li>
            <a href={href('/api/openapi.json')} target="_blank" rel="noreferrer">
              {words.apiDocument}
            </a>{' '}
            <span class="muted">{words.apiDocumentText}</span>
          </li>
          <li>
            <a href={href('/metrics')} target="_blank" rel="noreferrer">
              {words.metrics}
            </a>{' '}
            <span class="muted">{words.metricsText}</span>
          </li>
        </ul>
      </Panel>
    </>
  );
}
