import type { Cluster } from '../../../server/http/schemas/server.ts';
import { Facts } from '../../components/facts.tsx';
import { Bytes, Count } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Duration } from '../../components/times.tsx';
import { t } from '../../language/language.ts';

/** The servers that share a log, and the database that keeps it. */
export function ClusterPanel({ cluster }: { readonly cluster: Cluster }) {
  const { cluster: words, clusterRoles } = t().settings;
  const { database } = cluster;
  const apartMs = Math.abs(cluster.clock_difference) * 1000;
  return (
    <Panel title={words.title}>
      <Facts
        facts={[
          [words.name, cluster.name],
          [words.role, clusterRoles[cluster.role]],
          [words.epoch, <Count key="epoch" of={cluster.epoch} />],
          [words.lag, <Bytes key="lag" of={cluster.lag_bytes} />],
          [words.clock, apartMs >= 1000 && <Duration key="clock" ms={apartMs} />],
          [words.database, database && `${database.host} · ${words.timeline(database.timeline)}`],
          [words.promise, database && <Foreign key="promise" text={database.promise} />],
          [words.standbys, database && words.waitsFor(database.standbys, database.waits_for)],
          [words.lost, cluster.lost_records > 0 && words.times(cluster.lost_records)],
          [words.members, <Members key="members" {...cluster} />],
        ]}
      />
    </Panel>
  );
}

function Members({ members, leader }: Pick<Cluster, 'members' | 'leader'>) {
  const { joining, leads } = t().settings.cluster;
  return (
    <ul>
      {members.map(({ address, version, joining: isJoining }) => (
        <li key={address}>
          {address} · memq {version}
          {isJoining && ` · ${joining}`}
          {address === leader && ` · ${leads}`}
        </li>
      ))}
    </ul>
  );
}
