import { generateLoad } from './generator.ts';
import type { LoadOutcome } from './process.ts';
import type { LoadSpec } from './spec.ts';

// A process of its own, so that the generator shares its thread with nothing: it answers each LoadSpec that it
// is sent with one LoadOutcome, and ends when its parent lets go of it.
process.on('message', async (spec: LoadSpec) => {
  let outcome: LoadOutcome;
  try {
    outcome = { result: await generateLoad(spec) };
  } catch (error) {
    outcome = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send!(outcome);
});
process.once('disconnect', () => process.exit());
