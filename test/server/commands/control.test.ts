import { expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withServer(['--memory']);

async function introduce(client: TextClient, worker: string): Promise<void> {
  expect(await client.set('$client', JSON.stringify({ worker }))).toBe('STORED');
}

/** The orders of an answer. */
function orders(text: string | undefined): unknown[] {
  return (text ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** A connection of a worker, which has this job of `q` by lease; and the order to give it up. */
async function runs(client: TextClient, worker: string, id: string) {
  await introduce(client, worker);
  expect(await client.set(`q/id=${id}`, id)).toBe('STORED');
  client.send('gats 600 q\r\n');
  const token = (await client.line())?.split(' ').at(-1);
  expect((await client.bytes(id.length + 2)).toString()).toBe(`${id}\r\n`);
  expect(await client.line()).toBe('END');
  return { order: 'cancel', queue: 'q', id, lease: Number(token) };
}

it('without a worker id there are no orders', async ({ client }) => {
  const problem =
    'CLIENT_ERROR no worker is known yet: set "$client" to JSON with the id of a "worker" first';
  expect(await client.ask('get $control/t=1000')).toBe(problem);
  for (const said of ['{}', '"w1"', 'null', '17', '{"worker":17}', '{"worker":""}']) {
    expect(await client.set('$client', said)).toBe('STORED');
    expect(await client.ask('get $control')).toBe(problem);
  }
  expect(await client.ask('gat 10 $control')).toContain('CLIENT_ERROR gat cannot be used with "$control"');
  expect(await client.ask('get $control/open')).toContain('CLIENT_ERROR get cannot be used with');
  expect(await client.set('$control', 'x')).toContain('CLIENT_ERROR set cannot be used with "$control"');
});

it('a cancel is an order to the worker that runs the job, and to no other', async ({
  client,
  worker,
  other,
}) => {
  const order = await runs(worker, 'w1', 'a');
  await introduce(other, 'w2');
  expect(await worker.getText('$control')).toBeUndefined();
  expect(await client.ask('delete q/id=a')).toBe('DELETED');
  expect(await other.getText('$control')).toBeUndefined();
  expect(orders(await worker.getText('$control'))).toEqual([order]);
  expect(await worker.getText('$control')).toBeUndefined();
});

it('a wait is answered by the order, whichever connection of the worker it is', async ({
  client,
  worker,
  other,
}) => {
  const order = await runs(worker, 'w3', 'b');
  await introduce(other, 'w3');
  const told = [other, worker].map((each) => each.getText('$control/t=60000'));
  expect(await client.ask('delete q/id=b')).toBe('DELETED');
  for (const each of told) expect(orders(await each)).toEqual([order]);
});

it('a connection is told each order once, a new one all of them again', async ({ client, worker, other }) => {
  const first = await runs(worker, 'w4', 'c');
  const second = await runs(other, 'w4', 'd');
  await client.ask('delete q/id=c');
  expect(orders(await worker.getText('$control/t=60000'))).toEqual([first]);
  await client.ask('delete q/id=d');
  expect(orders(await worker.getText('$control/t=60000'))).toEqual([second]);
  expect(orders(await other.getText('$control'))).toEqual([first, second]);
  await worker.reconnect();
  await introduce(worker, 'w4');
  expect(orders(await worker.getText('$control/t=60000'))).toEqual([first, second]);
});

it('a wait ends with its time', async ({ worker }) => {
  await introduce(worker, 'w6');
  expect(await worker.exchange('get $control/t=20\r\n')).toBe('END');
});

it('a wait ends when much comes in behind it, and with the bytes of its client', async ({
  worker,
  other,
}) => {
  await introduce(worker, 'w7');
  worker.send(`get $control/t=60000\r\n${'version\r\n'.repeat(40_000)}`);
  expect(await worker.line()).toBe('END');
  await introduce(other, 'w7');
  other.send('get $control/t=60000\r\n');
  other.socket.end();
  expect((await other.rest()).toString()).toBe('END\r\n');
});

it('the meta and the binary protocol tell the same', async ({ server, client, worker }) => {
  const order = await runs(worker, 'w8', 'f');
  const body = `${JSON.stringify(order)}\n`;
  await client.ask('delete q/id=f');
  expect(await worker.exchange('mg $control s\r\n')).toBe(`HD s${body.length}`);
  expect(await worker.exchange('mg $control v s\r\n')).toBe(`VA ${body.length} s${body.length}\n${body}`);
  expect(await worker.exchange('mg $control v s\r\n')).toBe('EN');
  using binary = await BinaryClient.connect(server.port);
  expect((await binary.ask(Opcode.get, { key: '$control/t=10' })).status).toBe(4);
  expect(await binary.set('$client', '{"worker":"w8"}')).toBe(0);
  expect(String(await binary.get('$control/t=60000'))).toBe(body);
  expect((await binary.ask(Opcode.get, { key: '$control/t=10' })).status).toBe(1);
});

it('a graceful stop ends the wait', async () => {
  await using server = await startServer({ args: ['--memory'] });
  using client = await TextClient.connect(server.port);
  await introduce(client, 'w9');
  client.send('get $control/t=60000\r\n');
  using other = await TextClient.connect(server.port);
  for (let isWaiting = false; !isWaiting; )
    isWaiting = [...(await other.stats('conns')).values()].includes('waiting');
  const status = server.stop();
  expect((await client.rest()).toString()).toBe('END\r\n');
  expect(await status).toBe(0);
});
