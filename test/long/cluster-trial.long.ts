import { withPostgres } from '../fixtures/postgres.ts';
import { runTrial } from '../trial/cluster/trial.ts';
import { expectNothingLost } from '../trial/load/expectations.ts';
import { tableOf } from '../trial/load/rounds.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 100);
const SNAPSHOT_MS = 600_000;

withPostgres('a cluster under load, for long', (it) => {
  it(`loses nothing in ${ROUNDS} rounds of what can happen to its servers and databases`, async () => {
    await runTrial({ rounds: ROUNDS, snapshotMs: SNAPSHOT_MS }, (load, rows) => {
      console.log(tableOf(rows));
      expectNothingLost(load, rows);
    });
  });
});
