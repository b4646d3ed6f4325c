// memjs. Argument: the port.
import { Client } from 'memjs';
import { serve } from './driver.js';

const memjs = Client.create(`127.0.0.1:${process.argv[2]}`, {
  retries: 0,
  timeout: 10,
  failoverTime: 1,
  logger: { log() {} },
});

await serve({
  set: (key, value) => memjs.set(key, value, {}),
  get: async (key) => (await memjs.get(key)).value ?? undefined,
  delete: (key) => memjs.delete(key),
  stats: () =>
    new Promise((resolve, reject) =>
      memjs.stats((error, _server, stats) => (error ? reject(error) : resolve(stats))),
    ),
});
