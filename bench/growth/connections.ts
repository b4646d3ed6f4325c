import { memqDurable, memqWith } from '../peers/memq.ts';
import { withServer } from '../scenarios/with-server.ts';
import type { GrowthSeries } from './series.ts';

const BODY = 'x'.repeat(64);
const OPS = 200_000;
/** Alone each waits for the disk. */
const OPS_OF_ONE = 20_000;
const WARM_UP_SHARE = 0.2;

/** How many connections there are, all of them in use. */
export const connections: GrowthSeries = {
  name: 'connections',
  load: `set and get in turn on each connection, one request at a time, ${BODY.length} bytes, ${memqDurable.name}, HTTP on`,
  amounts: [1, 10, 100, 1_000, 10_000],
  measure: (amount, times, { directory, generators }) =>
    withServer(
      { directory },
      async (server) => {
        const ops = Math.min(OPS, amount * OPS_OF_ONE);
        const results = [];
        for (let time = 0; time < times; time++) {
          results.push(
            await generators.run({
              ...{ protocol: memqDurable.protocol, port: server.port, connections: amount, inFlight: 1 },
              ...{ queue: 'connections', keys: 'plain', body: BODY, mode: 'mixed' },
              ...{ warmUp: ops * WARM_UP_SHARE, ops },
            }),
          );
        }
        return {
          rate: results.map(({ opsPerSecond }) => opsPerSecond),
          p99Milliseconds: results.map(({ latency }) => latency.p99),
          generator: results.map(({ busy }) => busy),
          memoryBytes: [server.memory().most],
        };
      },
      memqWith(['--http', '127.0.0.1:0', '--conn-limit', String(amount + 10)]),
    ),
};
