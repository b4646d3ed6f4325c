import { setTimeout as delay } from 'node:timers/promises';
import type { LoadSpec } from '../load/spec.ts';
import { memqDurable, memqWith } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { difference, withServer } from '../scenarios/with-server.ts';
import type { Figures } from './data.ts';
import type { GrowthSeries, Stage } from './series.ts';

const BODY = 'x'.repeat(100);
const NAME = 'queue';
const CONNECTIONS = 50;
const OPS = 200_000;
/** Few queues have more than one message for the takes by $watch, which would be over at once. */
const LEAST_TAKES = 100_000;
const TAKERS = 10;
/** Fewer queues take less memory than garbage does. */
const LEAST_WEIGHED = 10_000;
/** How long a server is left alone before its memory is looked at: for each message, and at most. */
const QUIET_MS_PER_MESSAGE = 0.04;
const LONGEST_QUIET_MS = 4000;

type Load = Partial<LoadSpec> & Pick<LoadSpec, 'mode' | 'warmUp' | 'ops'>;

/** How many queues there are. */
export const queues: GrowthSeries = {
  name: 'queues',
  load: `queues with a message of ${BODY.length} bytes each; set and get in turn, spread over all queues, ${CONNECTIONS} connections, one request at a time; then all taken by $watch *, ${TAKERS} connections, 16 in flight on each, ${memqDurable.name}`,
  amounts: [1, 100, 10_000, 100_000, 1_000_000],
  dear: 1_000_000,
  async measure(amount, times, stage) {
    const figures: Figures = { rate: [], takes: [], generator: [], startSeconds: [], queueBytes: [] };
    const grown = await withQueues(amount, stage, async (server, run) => {
      const fill = () => run(storeInEach(amount, amount));
      const bytes = await growth(server, amount, fill);
      for (let time = 0; time < times; time++) {
        const { opsPerSecond, busy } = await run({
          ...{ keys: { queues: amount }, connections: CONNECTIONS },
          ...{ mode: 'mixed', warmUp: OPS / 5, ops: OPS },
        });
        figures.rate.push(opsPerSecond);
        figures.generator.push(busy);
        figures.startSeconds.push(await server.restart());
      }
      // A load ends when it has had its answers: some connections have stored what they have not taken.
      const wrong = await difference(server, amount);
      if (wrong > times * CONNECTIONS)
        throw new Error(`${wrong} messages too many or too few after a restart`);
      const all = Math.max(amount, LEAST_TAKES);
      if (all > amount) await run(storeInEach(amount, all - amount));
      figures.takes.push((await run(takeAll(all))).opsPerSecond);
      return bytes;
    });
    if (amount < LEAST_WEIGHED) return figures;
    const ofMessages = await withQueues(1, stage, (server, run) =>
      growth(server, amount, () => run(storeInEach(1, amount))),
    );
    return { ...figures, queueBytes: [(grown - ofMessages) / amount] };
  },
};

type Run = (load: Load) => Promise<{ opsPerSecond: number; busy: number }>;

function withQueues<T>(
  amount: number,
  { directory, generators }: Stage,
  act: (server: RunningServer, run: Run) => Promise<T>,
): Promise<T> {
  return withServer(
    { directory },
    (server) =>
      act(server, (load) =>
        generators.run({
          ...{ protocol: memqDurable.protocol, port: server.port, connections: 1, inFlight: 1 },
          ...{ queue: NAME, keys: 'plain', body: BODY, ...load },
        }),
      ),
    memqWith(['--http', '127.0.0.1:0', '--max-queues', String(amount + 10)]),
  );
}

/** So many messages, one in each queue before one has another. */
function storeInEach(amount: number, messages: number): Load {
  const isOne = messages === 1;
  return {
    ...{ keys: { queues: amount }, inFlight: isOne ? 1 : 160 },
    ...{ mode: 'set', warmUp: 1, ops: messages - 1 },
  };
}

function takeAll(messages: number): Load {
  const warmUp = messages / 10;
  return {
    ...{ connections: TAKERS, inFlight: 16, queue: '$watch', greeting: 'set $watch 0 0 1\r\n*\r\n' },
    ...{ mode: 'get', warmUp: warmUp + TAKERS, ops: messages - warmUp },
  };
}

/** Bytes of memory that a server takes more when it has been filled. */
async function growth(
  server: RunningServer,
  messages: number,
  fill: () => Promise<unknown>,
): Promise<number> {
  const quiet = () => delay(Math.min(messages * QUIET_MS_PER_MESSAGE, LONGEST_QUIET_MS));
  await quiet();
  const before = server.memory().now;
  await fill();
  await quiet();
  return server.memory().now - before;
}
