import { withPostgres } from '../fixtures/postgres.ts';
import { PostgresLogs } from './postgres-logs.ts';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 10);
/** A tenth of that on a machine with nothing else to do. */
const TIME_LIMIT_MS = RUNS * 120_000;

let clusters = 0;

withPostgres('the model on PostgreSQL', (it) => {
  it('the engine does what the model does, and so does who follows it, over any sequence of operations and takeovers', {
    timeout: 1.2 * TIME_LIMIT_MS,
  }, async ({ postgres }) => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, () => new PostgresLogs(postgres, `model_${++clusters}`), []);
  });
});
