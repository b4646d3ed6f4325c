import { withPostgres } from '../../fixtures/postgres.ts';
import { expectNothingLost } from '../load/expectations.ts';
import { tableOf } from '../load/rounds.ts';
import { KINDS, runTrial } from './trial.ts';

withPostgres('a cluster under load', (it) => {
  it('loses nothing, whatever happens to its servers and databases', async () => {
    await runTrial({ rounds: KINDS.length }, (load, rows) => {
      console.log(tableOf(rows));
      expectNothingLost(load, rows);
    });
  });
});
