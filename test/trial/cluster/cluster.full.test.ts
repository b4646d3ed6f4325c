import { withPostgres } from '../../fixtures/postgres.ts';
import { expectNothingLost } from '../load/expectations.ts';
import { tableOf } from '../load/rounds.ts';
import { KINDS, runTrial } from './trial.ts';

/** It takes four minutes on a machine that has nothing else to do. */
const LIMIT_MS = 1_200_000;

withPostgres('a cluster under load', (it) => {
  it('loses nothing, whatever happens to its servers and databases', { timeout: LIMIT_MS }, async () => {
    await runTrial({ rounds: KINDS.length }, (load, rows) => {
      console.log(tableOf(rows));
      expectNothingLost(load, rows);
    });
  });
});
