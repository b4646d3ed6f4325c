import { turn } from '../../../../../server/engine/turn.ts';
import { describeLog, SEGMENT } from '../contract.ts';
import type { LogHarness } from '../log-harness.ts';
import { Chance, Process, Scheduler } from './scheduler.ts';
import { FAIR, ROUGH, SimulatedDatabase, type Weather } from './simulated-database.ts';
import { SimulatedLog } from './simulated-log.ts';

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
      const log = new SimulatedLog({
        database,
        process,
        chance,
        id: ++id,
        segmentSize: SEGMENT,
        leaseMs: LEASE_MS,
        mostWaiting: SEGMENT,
        clock: () => 1_700_000_000_000 + scheduler.now,
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
      database.execute({ kind: 'raise', seen, leader: 999 }, undefined, () => {});
      while (database.row.leader !== 999) scheduler.step();
    },
    crash() {
      process.end();
      database.failOver();
    },
  };
}

describeLog('a simulated replicated log', () => inCluster(FAIR));
describeLog('a simulated replicated log in trouble', () => inCluster(ROUGH));
