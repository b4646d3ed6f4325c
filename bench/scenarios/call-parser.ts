import { payloadReader } from '../../consumer/payload/payload.ts';
import { medianRow } from '../result.ts';
import { inRounds } from './rounds.ts';
import type { Scenario } from './scenario.ts';

const CALLS = 2_000_000;
const LEAST_PER_SECOND = 1_000_000;

// Many texts rather than one, so that nothing can be remembered from the last call.
const messages = Array.from({ length: 1000 }, (_, i) => `hi ${i}`);
const payloads = messages.map((message) => Buffer.from(`saveToLocal('${message}')`));
const read = payloadReader({ format: 'auto', charset: 'utf-8', client: undefined });

/** How many short calls a second can be read, from bytes to arguments, on one thread. */
export const callParser: Scenario = {
  name: 'call-parser',
  async run(settings) {
    const calls = settings.ops ?? CALLS;
    const wrong = countWrong();
    parseMany(calls);
    const figures: number[] = [];
    await inRounds(settings, async (round) => {
      const start = performance.now();
      parseMany(calls);
      const rate = (calls / (performance.now() - start)) * 1000;
      settings.onProgress(`call-parser ${round}: ${Math.round(rate)} calls/s`);
      figures.push(rate);
      return [rate];
    });
    const row = medianRow('memq payloadReader', 'calls/s', figures);
    return {
      name: 'call-parser',
      load: `${payloads[0]}, one thread`,
      rows: [{ ...row, wrong }],
      bars: [{ least: LEAST_PER_SECOND, unit: row.unit, reached: row.figure }],
      absent: [],
    };
  },
};

function countWrong(): number {
  return payloads.filter((payload, i) => {
    const { method, args } = read(payload, 0);
    return method !== 'saveToLocal' || args.length !== 1 || args[0] !== messages[i];
  }).length;
}

/** The sum is returned so that the calls cannot be optimised away. */
function parseMany(count: number): number {
  let args = 0;
  for (let i = 0; i < count; i++) args += read(payloads[i % payloads.length], 0).args.length;
  return args;
}
