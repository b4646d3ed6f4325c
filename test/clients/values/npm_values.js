// Stores one of each kind of value with memcached and memcache-client of npm. Arguments: the port; the package.
import { promisify } from 'node:util';
import { deflateSync, inflateSync } from 'node:zlib';
import { MemcacheClient } from 'memcache-client';
import Memcached from 'memcached';

const [port, name] = process.argv.slice(2);
const server = `127.0.0.1:${port}`;
const values = {
  call: "saveToLocal('hi')",
  'call-buffer': Buffer.from("saveToLocal('hi')"),
  unicode: "saveToLocal('哈哈 ü')",
  json: { method: 'saveToLocal', args: ['hi'] },
  integer: 5,
  list: ['hi'],
};

if (name === 'memcached') {
  const memcached = new Memcached(server);
  const set = promisify(memcached.set.bind(memcached));
  for (const [queue, value] of Object.entries({ ...values, true: true })) await set(queue, value, 0);
  memcached.end();
} else {
  const compressor = {
    compressSync: ({ input }) => deflateSync(input),
    decompressSync: ({ input }) => inflateSync(input),
  };
  const client = new MemcacheClient({ server, compressor });
  for (const [queue, value] of Object.entries(values)) await client.set(queue, value, { lifetime: 0 });
  const long = 'memq is a queue. '.repeat(2000);
  const options = { lifetime: 0, compress: true };
  await client.set('long', `saveToLocal('${long}')`, options);
  await client.set('long-json', { method: 'saveToLocal', args: [long] }, options);
  client.shutdown();
}
