// memcached. Argument: the port.
import Memcached from 'memcached';
import { OWN, serve } from './driver.js';

const memcached = new Memcached(`127.0.0.1:${process.argv[2]}`, { poolSize: 1, retry: 100, failures: 1000 });
const call = (method, ...args) =>
  new Promise((resolve, reject) => {
    memcached[method](...args, (error, result) => (error ? reject(error) : resolve(result)));
  });

await serve({
  set: (key, value) => call('set', key, value.toString(), 0),
  get: (key) => call('get', key),
  getMany: (keys) => call('getMulti', keys),
  delete: (key) => call('del', key),
  stats: async () => (await call('stats'))[0],
  version: async () => (await call('version'))[0].version,
  setOwn: (key) => call('set', key, OWN, 0),
  getOwn: (key) => call('get', key),
});
