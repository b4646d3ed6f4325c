// Moves ready and delayed jobs of beanstalkd (1.12 or later) to the queues of the same names on memq.
//
//     node from-beanstalkd.mjs OLD NEW TUBE...
//
// OLD and NEW are HOST:PORT, or the path of a unix socket. A job is reserved, stored, then deleted: at no time is it
// nowhere. Its id there becomes its id here, so what a run that was cut short had stored is not stored twice.
import { Connection, openMemq, store } from './connection.mjs';

const [oldAddress, newAddress, ...tubes] = process.argv.slice(2);
if (tubes.length === 0) {
  console.error('usage: node from-beanstalkd.mjs OLD NEW TUBE...');
  process.exit(64);
}

const memq = await openMemq(newAddress);
const old = await Connection.open(oldAddress);

/** The next job in this state, or undefined. */
async function peek(state) {
  const [word, id, length] = (await old.ask(`peek-${state}`)).split(' ');
  if (word !== 'FOUND') return undefined;
  await old.body(Number(length));
  return id;
}

/** What beanstalkd knows of a job: lines of `name: value`. */
async function statsOf(id) {
  const [word, length] = (await old.ask(`stats-job ${id}`)).split(' ');
  if (word !== 'OK') return undefined;
  const text = (await old.body(Number(length))).toString();
  return Object.fromEntries(text.split('\n').map((line) => line.split(': ')));
}

/** Moves one job; false when somebody else was faster. */
async function move(tube, id, state) {
  const stats = await statsOf(id);
  if (stats === undefined) return false;
  const [word, , length] = (await old.ask(`reserve-job ${id}`)).split(' ');
  if (word !== 'RESERVED') return false;
  const body = await old.body(Number(length));
  const delay = state === 'delayed' ? `/delay=${stats['time-left']}` : '';
  await store(memq, 'add', `${tube}/id=beanstalkd-${id}/pri=${stats.pri}${delay}`, 0, body);
  if ((await old.ask(`delete ${id}`)) !== 'DELETED')
    console.error(`${tube}: job ${id} was stored, but its time to run is over there: it may run twice`);
  return true;
}

for (const tube of tubes) {
  await old.ask(`use ${tube}`);
  let moved = 0;
  for (const state of ['ready', 'delayed'])
    for (let id = await peek(state); id !== undefined; id = await peek(state))
      if (await move(tube, id, state)) moved++;
  console.log(`${tube}: ${moved} moved`);
}
old.close();
memq.close();
