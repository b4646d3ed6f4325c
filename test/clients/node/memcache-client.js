// memcache-client. Argument: the port.
import { MemcacheClient } from 'memcache-client';
import { OWN, serve } from './driver.js';

const client = new MemcacheClient({ server: `127.0.0.1:${process.argv[2]}` });
const orMissing = (error) => {
  if (error.message === 'NOT_FOUND') return undefined;
  throw error;
};

await serve({
  set: (key, value) => client.set(key, value, { lifetime: 0 }),
  get: async (key) => (await client.get(key))?.value,
  getMany: async (keys) =>
    Object.fromEntries(Object.entries(await client.get(keys)).map(([key, { value }]) => [key, value])),
  delete: (key) => client.delete(key).catch(orMissing),
  stats: async () => Object.fromEntries((await client.cmd('stats')).STAT),
  version: async () => (await client.version())[1],
  setOwn: (key) => client.set(key, OWN, { lifetime: 0 }),
  getOwn: async (key) => (await client.get(key)).value,
});
