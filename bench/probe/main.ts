import { once } from 'node:events';
import { errorMessage } from '../../shared/errors.ts';
import { answer } from '../answer.ts';
import { Prober } from './prober.ts';

// A process of its own, so that nothing but the server's pauses are seen: it is sent a port, says when it has
// begun, is told to stop, and ends with what it found.
process.once('disconnect', () => process.exit());
try {
  const [port]: number[] = await once(process, 'message');
  const prober = await Prober.start(port, fail);
  const told = once(process, 'message');
  answer({ result: 'begun' });
  await told;
  answer({ result: await prober.stop() }, () => process.exit());
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  answer({ error: errorMessage(error) }, () => process.exit());
}
