import { ReplicatedLog } from '../../../../../server/engine/log/replicated/replicated-log.ts';
import { turn } from '../../../../../server/engine/turn.ts';
import { describeLog, SEGMENT } from '../contract.ts';
import type { LogHarness } from '../log-harness.ts';
import { Chance, Process, Scheduler } from '../simulated/scheduler.ts';
import { FAIR, ROUGH, SimulatedDatabase, type Weather } from '../simulated/simulated-database.ts';

const LEASE_MS = 5000;

/** Servers of a cluster, one after the other. */
function inCluster(weather: Weather): LogHarness {
  const scheduler = new Scheduler();
  const chance = new Chance(1);
  const database = new SimulatedDatabase(scheduler, chance);
  database.weather = weather;
  let process = new Process(scheduler);
  let id = 0;

  async function settle(): Promise<void> {
    for (let i = 0; i < 4; i++) scheduler.step();
    await turn();
  }

  return {
    settle,
    async open() {
      process = new Process(scheduler);
      const log = ReplicatedLog.open({
        database: database.connect(process),
        timing: process,
        member: `server ${++id}`,
        cacheSize: 2 * SEGMENT,
        clock: () => 1_700_000_000_000 + scheduler.now,
        leaseMs: LEASE_MS,
        segmentSize: SEGMENT,
        batchSize: SEGMENT,
        random: () => chance.part(),
      });
      let leads = false;
      void log.lead().then(() => {
        leads = true;
      });
      while (!leads) await settle();
      return log;
    },
    hold: () => database.hold(),
    release: () => database.release(),
    breakDown() {
      // Another server leads although this one is not silent: a database that was left alone would not let it.
      const seen = { ...database.row };
      database.change({ kind: 'raise', seen, leader: 'another' });
    },
    crash() {
      process.end();
      database.failOver();
    },
  };
}

describeLog('the replicated log on a simulated database', () => inCluster(FAIR));
describeLog('the replicated log on a simulated database in trouble', () => inCluster(ROUGH));
