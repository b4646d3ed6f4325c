import { withPostgres } from '../../fixtures/postgres.ts';
import { expectNothingLost } from '../load/expectations.ts';
import { tableOf } from '../load/rounds.ts';
import { FAULTS } from './faults.ts';
import { runTrial } from './trial.ts';

const SNAPSHOT_MS = 10_000;

withPostgres('a cluster under load', (it) => {
  it('loses nothing, whatever happens to its servers and databases', async () => {
    const rounds = Object.keys(FAULTS).length;
    await runTrial({ rounds, snapshotMs: SNAPSHOT_MS }, (load, rows) => {
      console.log(tableOf(rows));
      expectNothingLost(load, rows);
    });
  });
});
