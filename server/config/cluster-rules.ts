import { isWildcard, type PeerAddress, withoutPassword } from './cluster-values.ts';

/** What is set about a log that several servers share. */
interface ClusterSettings {
  readonly log: string | undefined;
  readonly cluster: string;
  readonly advertise: PeerAddress | undefined;
  readonly logSchema: string;
  readonly requireStandby: boolean;
  readonly logUnchecked: boolean;
  readonly memory: boolean;
  readonly data: string;
  readonly sync: string;
  readonly address: string;
  /** Bytes. */
  readonly maxItemSize: number;
}

/** A log that several servers share, and this one among them. */
export interface SharedLog {
  readonly url: string;
  /** Without the password, for people. */
  readonly shownUrl: string;
  /** The name of the cluster. */
  readonly cluster: string;
  readonly schema: string;
  readonly requireStandby: boolean;
  readonly isUnchecked: boolean;
  /** Where the other servers reach this one; port 0: any free one. */
  readonly advertise: PeerAddress;
}

/** The name of a cluster, and of the schema of its tables, unless somebody says otherwise. */
export const DEFAULT_NAME = 'memq';

/**
 * A message goes to the database in one piece, behind which no beat of its leader can go: on a slow way that has to take less
 * than half a lease.
 */
const LARGEST_MESSAGE = 8 * 1024 ** 2;

type Field = keyof ClusterSettings;

/** By these settings; undefined where this server has a log of its own. */
export function sharedLog(settings: ClusterSettings): SharedLog | undefined {
  const { log: url, cluster, logSchema: schema, requireStandby, logUnchecked, address } = settings;
  if (url === undefined) return undefined;
  const advertise = settings.advertise ?? { host: address, port: 0 };
  const shownUrl = withoutPassword(url);
  return { url, shownUrl, cluster, schema, requireStandby, isUnchecked: logUnchecked, advertise };
}

/** What is wrong with these settings together, and which of those that were set says so. */
export function clusterMistakes(
  settings: ClusterSettings,
  isSet: (field: Field) => boolean,
): [field: Field, string][] {
  const { log, memory, sync, address, maxItemSize } = settings;
  if (!isSet('log'))
    return meantForLog(settings).map((field) => [field, 'it needs log (--log postgres://...) besides']);
  const found: [Field, string][] = [];
  // It has a mistake of its own.
  if (log === undefined) return found;
  if (memory) found.push(['memory', 'with log (--log) all is kept in a database: leave one of them out']);
  if (isSet('data'))
    found.push(['data', 'with log (--log) nothing is kept on this machine: leave one of them out']);
  if (sync !== 'always')
    found.push(['sync', 'with log (--log) each answer waits for a commit of the database: leave this out']);
  if (maxItemSize > LARGEST_MESSAGE)
    found.push([
      'maxItemSize',
      'with log (--log) a message has at most 8m, since it goes to the database in one piece: set that, or less',
    ]);
  if (isWildcard(address) && !isSet('advertise'))
    found.push(['log', `it needs advertise (--advertise HOST:PORT) besides, since listen is ${address}`]);
  return found;
}

/** Those that are set otherwise than they are without, and mean something only where there is a shared log. */
function meantForLog(settings: ClusterSettings): Field[] {
  const { cluster, advertise, logSchema, requireStandby, logUnchecked } = settings;
  const isMeant = {
    cluster: cluster !== DEFAULT_NAME,
    advertise: advertise !== undefined,
    logSchema: logSchema !== DEFAULT_NAME,
    requireStandby,
    logUnchecked,
  };
  return (Object.keys(isMeant) as (keyof typeof isMeant)[]).filter((field) => isMeant[field]);
}
