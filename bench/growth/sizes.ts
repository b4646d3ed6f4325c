import { randomBytes } from 'node:crypto';
import { memqDurable, memqWith } from '../peers/memq.ts';
import { withServer } from '../scenarios/with-server.ts';
import type { GrowthSeries } from './series.ts';

const CONNECTIONS = 50;
/** Operations of one measurement, and the bytes that they are about at most. */
const OPS = 200_000;
const BYTES = 2 ** 30;
const WARM_UP_SHARE = 0.2;

/** How large messages are. */
export const sizes: GrowthSeries = {
  name: 'sizes',
  load: `set and get in turn, ${CONNECTIONS} connections, one request at a time, ${memqDurable.name}, HTTP on`,
  amounts: [16, 256, 4 * 2 ** 10, 64 * 2 ** 10, 2 ** 20],
  measure: (bytes, times, { directory, generators }) =>
    withServer(
      { directory },
      async (server) => {
        const ops = Math.min(OPS, BYTES / bytes);
        const body = randomBytes(bytes).toString('base64').slice(0, bytes);
        const results = [];
        for (let time = 0; time < times; time++) {
          results.push(
            await generators.run({
              ...{ protocol: memqDurable.protocol, port: server.port },
              ...{
                connections: CONNECTIONS,
                inFlight: 1,
                queue: 'sizes',
                keys: 'plain',
                body,
                mode: 'mixed',
              },
              ...{ warmUp: Math.ceil(ops * WARM_UP_SHARE), ops },
            }),
          );
        }
        return {
          rate: results.map(({ opsPerSecond }) => opsPerSecond),
          bytesPerSecond: results.map(({ opsPerSecond }) => opsPerSecond * bytes),
          generator: results.map(({ busy }) => busy),
        };
      },
      memqWith(['--http', '127.0.0.1:0', '--max-item-size', '1m']),
    ),
};
