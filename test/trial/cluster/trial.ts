import { canMount } from '../../helpers/postgres/postgres-server.ts';
import { Load } from '../load/load.ts';
import { type Row, runRounds } from '../load/rounds.ts';
import { Database } from './database.ts';
import { FAULTS, faultOf } from './faults.ts';
import { Servers } from './servers.ts';

/** Of each of the three, where something can be mounted: as large as it never gets by itself. */
const DISK = '512m';
const CONFIG = '[queue:*]\nmax_attempts = 1000\nbackoff = fixed:0.2\n';

/** All of them, unless somebody wants to see some again: `KINDS='leader killed,disk full'`. */
export const KINDS: readonly string[] = process.env.KINDS?.split(',') ?? Object.keys(FAULTS);
/** For how long a snapshot is kept, milliseconds, but for the first one. */
const SNAPSHOT_MS = 10_000;

export interface TrialOptions {
  readonly rounds: number;
  /** For how long the first one is kept. */
  readonly snapshotMs?: number;
}

/** Has all kinds of faults happen to three servers and three databases, so many rounds in all; what became of it. */
export async function runTrial(
  { rounds, snapshotMs = SNAPSHOT_MS }: TrialOptions,
  judge: (load: Load, rows: readonly Row[]) => void,
): Promise<void> {
  const kinds = KINDS.filter((kind) => kind !== 'disk full' || canMount());
  await using database = await Database.start(canMount() ? { disk: DISK } : {});
  await using servers = await Servers.start(3, { log: database.url, config: CONFIG });
  await servers.leader();
  await using load = new Load(servers.ports);
  const faults = Array.from({ length: rounds }, (_, i) =>
    faultOf(kinds[i % kinds.length]!, {
      ...{ database, servers, account: load.account },
      snapshotMs: i < kinds.length ? snapshotMs : SNAPSHOT_MS,
    }),
  );
  judge(load, await runRounds(load, faults));
}
