// Moves what waits on queues of MemcacheQ or kestrel to the queues of the same names on memq.
//
//     node from-memcache.mjs OLD NEW QUEUE...            MemcacheQ, and all that only know get
//     node from-memcache.mjs --open OLD NEW QUEUE...     kestrel: what is not stored yet goes back there
//
// OLD and NEW are HOST:PORT, or the path of a unix socket.
import { appendFileSync } from 'node:fs';
import { Connection, openMemq, store } from './connection.mjs';

const isReliable = process.argv[2] === '--open';
const [oldAddress, newAddress, ...queues] = process.argv.slice(isReliable ? 3 : 2);
if (queues.length === 0) {
  console.error('usage: node from-memcache.mjs [--open] OLD NEW QUEUE...');
  process.exit(64);
}

// The new one first: nothing is taken before it can be stored.
const memq = await openMemq(newAddress);
const old = await Connection.open(oldAddress);

async function take(queue) {
  const line = await old.ask(`get ${queue}${isReliable ? '/open' : ''}`);
  if (line === 'END') return undefined;
  const [word, , flags, length] = line.split(' ');
  if (word !== 'VALUE') throw new Error(`${queue} of ${oldAddress}: ${line}`);
  const body = await old.body(Number(length));
  await old.line();
  return { flags, body };
}

for (const queue of queues) {
  let moved = 0;
  for (let message = await take(queue); message !== undefined; message = await take(queue)) {
    try {
      await store(memq, 'set', queue, message.flags, message.body);
    } catch (error) {
      // There it is not any more, so it has to be somewhere.
      if (!isReliable) appendFileSync('not-stored', Buffer.concat([message.body, Buffer.from('\n')]));
      throw error;
    }
    if (isReliable) await old.ask(`get ${queue}/close`);
    moved++;
  }
  console.log(`${queue}: ${moved} moved`);
}
old.close();
memq.close();
