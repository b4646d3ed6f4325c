// Moves what waits on queues of Resque or php-resque, in Redis (6.2 or later), to the queues of the same names on memq.
//
//     node from-resque.mjs OLD NEW QUEUE...
//
// OLD and NEW are HOST:PORT, or the path of a unix socket. RESQUE_PREFIX is the namespace there, `resque` by default.
// A job goes to a list of its own in Redis, is stored, then removed: after a run that was cut short run it again.
import { Connection, openMemq, store } from './connection.mjs';

const [oldAddress, newAddress, ...queues] = process.argv.slice(2);
if (queues.length === 0) {
  console.error('usage: node from-resque.mjs OLD NEW QUEUE...');
  process.exit(64);
}
const prefix = process.env.RESQUE_PREFIX ?? 'resque';

const memq = await openMemq(newAddress);
const redis = await Connection.open(oldAddress);

/** A command that is answered with a text, a number or nothing. */
async function command(...words) {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}`);
  const line = await redis.ask([`*${words.length}`, ...parts].join('\r\n'));
  if (line.startsWith('-')) throw new Error(line.slice(1));
  if (!line.startsWith('$')) return line.slice(1);
  return line === '$-1' ? undefined : (await redis.body(Number(line.slice(1)))).toString();
}

if (process.env.REDISCLI_AUTH !== undefined) await command('AUTH', process.env.REDISCLI_AUTH);
for (const queue of queues) {
  const waiting = `${prefix}:queue:${queue}`;
  const moving = `${prefix}:moving:${queue}`;
  let moved = 0;
  for (;;) {
    const job =
      (await command('LINDEX', moving, '0')) ?? (await command('LMOVE', waiting, moving, 'LEFT', 'RIGHT'));
    if (job === undefined) break;
    const { id } = JSON.parse(job);
    if (typeof id === 'string') await store(memq, 'add', `${queue}/id=${id}`, 0, Buffer.from(job));
    else await store(memq, 'set', queue, 0, Buffer.from(job));
    await command('LPOP', moving);
    moved++;
  }
  console.log(`${queue}: ${moved} moved`);
}
redis.close();
memq.close();
