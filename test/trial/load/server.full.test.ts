import { setTimeout as delay } from 'node:timers/promises';
import { it } from 'vitest';
import { startServer } from '../../helpers/server.ts';
import { expectNothingLost } from './expectations.ts';
import { Load } from './load.ts';
import { type Fault, runRounds, tableOf } from './rounds.ts';

/** Longer than clients wait for an answer, milliseconds. */
const PAUSE_MS = 3000;

it('one server loses nothing, whatever happens to it under load', async () => {
  await using server = await startServer({
    config: '[queue:*]\nmax_attempts = 1000\nbackoff = fixed:0.2\n',
  });
  await using load = new Load([server.port]);
  const faults: readonly Fault[] = [
    { kind: 'killed', run: () => server.kill().then(() => server.start()) },
    {
      kind: 'paused',
      run: async () => {
        server.pause();
        await delay(PAUSE_MS);
        server.resume();
      },
    },
    { kind: 'restarted', run: () => server.restart() },
  ];
  const rows = await runRounds(load, [...faults, ...faults]);
  console.log(tableOf(rows));
  expectNothingLost(load, rows);
});
