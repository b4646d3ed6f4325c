import { once } from 'node:events';
import { Prober } from './prober.ts';
import type { ProbeOutcome } from './process.ts';

// A process of its own, so that nothing but the server's pauses are seen: it is sent a port, says when it has
// begun, is told to stop, and ends with what it found.
process.once('disconnect', () => process.exit());
try {
  const [port] = (await once(process, 'message')) as [number];
  const prober = await Prober.start(port, fail);
  const told = once(process, 'message');
  process.send!('begun');
  await told;
  end({ result: await prober.stop() });
} catch (error) {
  fail(error as Error);
}

function fail(error: Error): void {
  end({ error: error.message });
}

function end(outcome: ProbeOutcome): void {
  process.send!(outcome, () => process.exit());
}
