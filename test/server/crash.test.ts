import { expect } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import { amount } from '../helpers/amount.ts';
import type { TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

const it = withServer();

const CRASHES = amount(4, 20);
const PRODUCERS = 3;
const TAKERS = 2;
const WORKERS = 2;
/** Requests that a producer has under way, and a taker: fewer, so that a backlog grows. */
const WINDOW = 16;
const TAKES = 8;
/** Stored messages after which the server is killed: some moment between these. */
const ROUND = { least: 300, most: 1500 };

/** What all clients know: what they sent, and what they were answered. */
class Ledger {
  readonly sent = new Set<string>();
  readonly stored = new Set<string>();
  readonly taken = new Set<string>();
  /** Takes that were never answered: each may have taken one message, or none. */
  unansweredTakes = 0;
  /** The attempt that was told at the last open. */
  readonly attempts = new Map<string, number>();
  readonly closed = new Set<string>();
  /** Closes that were never answered: the message is done, or comes again. */
  readonly maybeClosed = new Set<string>();
  /** Opens that were never answered: each may have counted one attempt, of some message. */
  unansweredOpens = 0;
  /** In the hands of a worker when the server was killed the last time. */
  heldAtKill = new Set<string>();
  readonly #numbers: number[] = new Array(PRODUCERS).fill(0);
  #storedInRound = 0;
  #target = Number.POSITIVE_INFINITY;
  #reached: () => void = () => {};

  /** A new message: its queue and its body. Half of them go to each queue; now and then one is large. */
  next(producer: number): { queue: string; body: string } {
    const number = ++this.#numbers[producer];
    const length = number % 50 === 0 ? 100_000 : (number * 37) % 400;
    const body = `${producer}:${number}:${'x'.repeat(length)}`;
    this.sent.add(body);
    return { queue: number % 2 === 0 ? 'take' : 'work', body };
  }

  noteStored(body: string): void {
    this.stored.add(body);
    if (++this.#storedInRound >= this.#target) this.#reached();
  }

  noteTaken(body: string): void {
    expect(this.sent.has(body)).toBe(true);
    expect(this.taken.has(body)).toBe(false);
    this.taken.add(body);
  }

  noteOpened(body: string, attempt: number): void {
    expect(this.sent.has(body)).toBe(true);
    expect(this.closed.has(body)).toBe(false);
    const last = this.attempts.get(body) ?? 0;
    expect(attempt).toBeGreaterThan(last);
    expect(attempt).toBeLessThanOrEqual(last + 1 + this.unansweredOpens);
    this.attempts.set(body, attempt);
    this.maybeClosed.delete(body);
  }

  noteClosed(body: string): void {
    this.closed.add(body);
    this.maybeClosed.delete(body);
  }

  /** Resolves once that many messages have been stored in this round. */
  stores(count: number): Promise<void> {
    this.#storedInRound = 0;
    this.#target = count;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }
}

/** Fails when bodies of one producer are not in the order in which it sent them. */
class OrderCheck {
  readonly #last = new Map<string, number>();

  see(body: string): void {
    const [producer, number] = body.split(':', 2) as [string, string];
    expect(Number(number)).toBeGreaterThan(this.#last.get(producer) ?? 0);
    this.#last.set(producer, Number(number));
  }
}

async function produce(server: TestServer, ledger: Ledger, producer: number): Promise<void> {
  using client = await TextClient.connect(server.port);
  for (;;) {
    const messages = Array.from({ length: WINDOW }, () => ledger.next(producer));
    client.send(messages.map(({ queue, body }) => `set ${queue} 0 0 ${body.length}\r\n${body}\r\n`).join(''));
    for (const { body } of messages) {
      const line = await client.line();
      if (line === undefined) return;
      expect(line).toBe('STORED');
      ledger.noteStored(body);
    }
  }
}

async function take(server: TestServer, ledger: Ledger): Promise<void> {
  using client = await TextClient.connect(server.port);
  const order = new OrderCheck();
  for (;;) {
    client.send('get take\r\n'.repeat(TAKES));
    for (let outstanding = TAKES; outstanding > 0; outstanding--) {
      const values = await client.values();
      if (typeof values === 'string') {
        expect(values).toBe('closed');
        ledger.unansweredTakes += outstanding;
        return;
      }
      for (const body of values.map(String)) {
        ledger.noteTaken(body);
        order.see(body);
      }
    }
  }
}

/** Opens messages and closes them; aborts every seventh. */
async function work(server: TestServer, ledger: Ledger): Promise<void> {
  using client = await TextClient.connect(server.port);
  for (let turn = 0; ; turn++) {
    const opened = await open(client);
    if (opened === 'closed') {
      ledger.unansweredOpens++;
      return;
    }
    if (opened === undefined) continue;
    const { body, attempt } = opened;
    ledger.noteOpened(body, attempt);
    ledger.heldAtKill.add(body);
    if (turn % 7 === 0) {
      if (typeof (await client.get('work/abort')) === 'string') return;
    } else {
      ledger.maybeClosed.add(body);
      if (typeof (await client.get('work/close')) === 'string') return;
      ledger.noteClosed(body);
    }
    ledger.heldAtKill.delete(body);
  }
}

async function open(client: TextClient): Promise<{ body: string; attempt: number } | 'closed' | undefined> {
  const values = await client.get('work/open/info');
  if (typeof values === 'string') {
    expect(values).toBe('closed');
    return 'closed';
  }
  if (values.length === 0) return undefined;
  const text = String(values[0]);
  const end = text.indexOf('\n');
  const { attempt } = JSON.parse(text.slice(0, end)) as { attempt: number };
  return { body: text.slice(end + 1), attempt };
}

it('loses nothing that was stored and repeats nothing that was answered, however often it is killed', async ({
  server,
}) => {
  const ledger = new Ledger();
  for (let crash = 1; crash <= CRASHES; crash++) {
    ledger.heldAtKill = new Set();
    const clients = [
      ...Array.from({ length: PRODUCERS }, (_, producer) => produce(server, ledger, producer)),
      ...Array.from({ length: TAKERS }, () => take(server, ledger)),
      ...Array.from({ length: WORKERS }, () => work(server, ledger)),
    ];
    await Promise.race([
      ledger.stores(ROUND.least + Math.floor(Math.random() * (ROUND.most - ROUND.least))),
      Promise.all(clients),
    ]);
    await server.kill();
    await Promise.all(clients);
    await server.start();
    // A crash right after a start as well.
    if (crash % 3 === 0) {
      await server.kill();
      await server.start();
    }
  }

  using client = await TextClient.connect(server.port);
  const done = ledger.taken.size + ledger.closed.size;
  const takeOrder = new OrderCheck();
  for (let body = await client.getText('take'); body !== undefined; body = await client.getText('take')) {
    ledger.noteTaken(body);
    takeOrder.see(body);
  }
  const workOrder = new OrderCheck();
  for (let opened = await open(client); opened !== undefined; opened = await open(client)) {
    if (opened === 'closed') throw new Error('the server closed the connection');
    const { body, attempt } = opened;
    if (ledger.heldAtKill.has(body)) expect(attempt).toBe(ledger.attempts.get(body)! + 1);
    ledger.noteOpened(body, attempt);
    workOrder.see(body);
    expect(await client.get('work/close')).toEqual([]);
    ledger.noteClosed(body);
  }

  const missing = [...ledger.stored].filter((body) => !ledger.taken.has(body) && !ledger.closed.has(body));
  const missingTakes = missing.filter((body) => Number(body.split(':')[1]) % 2 === 0);
  const missingWork = missing.filter((body) => Number(body.split(':')[1]) % 2 === 1);
  expect(missingTakes.length).toBeLessThanOrEqual(ledger.unansweredTakes);
  expect(missingWork.filter((body) => !ledger.maybeClosed.has(body))).toEqual([]);
  expect(ledger.stored.size).toBeGreaterThanOrEqual(CRASHES * ROUND.least);
  console.log(
    `${CRASHES} crashes, ${ledger.stored.size} stored, ${ledger.taken.size} taken, ${ledger.closed.size} closed, ` +
      `${ledger.taken.size + ledger.closed.size - done} of them after the last crash; ` +
      `of ${ledger.unansweredTakes} takes and ${ledger.maybeClosed.size} closes without an answer ` +
      `${missingTakes.length} and ${missingWork.length} were done`,
  );
});
