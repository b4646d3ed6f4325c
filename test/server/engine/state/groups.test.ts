import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Counters } from '../../../../server/engine/state/counters.ts';
import type { FlowRules } from '../../../../server/engine/state/flow.ts';
import { MessageState, MessageTable, NONE, row } from '../../../../server/engine/state/message-table.ts';
import { Queue } from '../../../../server/engine/state/queue.ts';

interface Message {
  readonly slot: number;
  readonly group: string;
  readonly priority: number;
  readonly order: number;
  state: 'ready' | 'delayed' | 'running' | 'aside';
  attempts: number;
}

/** A queue, and beside it what is in it, in no order. */
class Pair {
  readonly table = new MessageTable();
  readonly queue = new Queue(0, 'q', this.table, new Counters());
  messages: Message[] = [];
  turns = new Map<string, number>();
  #last = 0;

  constructor() {
    this.table.rebuildFree();
  }

  add(group: string, priority: number, isAhead: boolean): void {
    const slot = this.table.nextFree();
    this.table.claim(slot);
    const page = this.table.page(slot);
    const order = isAhead ? -(slot + 1) : slot + 1;
    page.state[row(slot)] = MessageState.ready;
    page.attempts[row(slot)] = 0;
    page.setPriority(row(slot), priority);
    page.order[row(slot)] = order;
    // A string of its own, as the log has it.
    page.setGroup(row(slot), group === '' ? undefined : this.queue.nameOfGroup(`${group}`));
    const message: Message = { slot, group, priority, order, state: 'delayed', attempts: 0 };
    this.messages.push(message);
    this.makeReady(message);
  }

  makeReady(message: Message): void {
    if (!this.ready(message.group)) this.#toEnd(message.group);
    message.state = 'ready';
    this.queue.ready.insert(message.slot);
  }

  start(message: Message): void {
    this.leave(message);
    message.attempts++;
    this.table.page(message.slot).attempts[row(message.slot)] = message.attempts;
    this.queue.ready.endTurn(message.slot);
    this.#toEnd(message.group);
    message.state = 'running';
    if (message.group !== '') this.queue.countRunning(message.group, 1);
  }

  delay(message: Message): void {
    this.leave(message);
    message.state = 'delayed';
    this.queue.delayed.push(message.slot);
    this.queue.ready.delay(message.slot);
  }

  leave(message: Message): void {
    const { slot, group, state } = message;
    if (state === 'ready') this.queue.ready.remove(slot);
    else if (state === 'running' && group !== '') this.queue.countRunning(group, -1);
    else if (state === 'delayed') {
      this.queue.delayed.remove(slot);
      this.queue.ready.endDelay(slot);
    }
  }

  remove(message: Message): void {
    this.leave(message);
    this.messages = this.messages.filter((each) => each !== message);
  }

  setFlow(flow: FlowRules): void {
    this.queue.flow = flow;
    this.queue.ready.groups?.reorder();
  }

  ready(group: string): boolean {
    return this.messages.some((each) => each.state === 'ready' && each.group === group);
  }

  mayGoOn(group: string): boolean {
    const { groupRunning, isStrict } = this.queue.flow;
    const others = this.messages.filter((each) => each.group === group);
    const waits = others.some(({ state, attempts }) => state === 'delayed' && attempts > 0);
    const running = others.filter(({ state }) => state === 'running').length;
    return group === '' || (running < groupRunning && !(waits && isStrict));
  }

  first(isAny: boolean): number {
    const may = this.messages.filter(
      ({ state, group }) => state === 'ready' && (isAny || this.mayGoOn(group)),
    );
    const inOrder = may.sort((x, y) => x.priority - y.priority || x.order - y.order);
    if (!this.queue.flow.isFair) return inOrder[0]?.slot ?? NONE;
    const heads = inOrder.filter((each, i) => inOrder.findIndex(({ group }) => group === each.group) === i);
    const turn = ({ group }: Message): number => this.turns.get(group) ?? 0;
    return heads.sort((x, y) => x.priority - y.priority || turn(x) - turn(y))[0]?.slot ?? NONE;
  }

  compare(): void {
    const { ready } = this.queue;
    const held = this.messages.filter(({ state, group }) => state === 'ready' && !this.mayGoOn(group));
    expect(ready.next()).toBe(this.first(false));
    expect(ready.peek()).toBe(this.first(true));
    expect(ready.groups?.heldCount ?? 0).toBe(held.length);
    expect(ready.size).toBe(this.messages.filter(({ state }) => state === 'ready').length);
  }

  #toEnd(group: string): void {
    this.turns.set(group, ++this.#last);
  }
}

const which = fc.nat({ max: 20 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('add'), fc.constantFrom('', 'a', 'b', 'c')) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('start'), which) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('delay'), which) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('ready'), which) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('remove'), which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear'), which) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('flow'), which) },
);
const place = fc.record({ priority: fc.constantFrom(1024, 1024, 1024, 3), isAhead: fc.boolean() });

it('what is next and what is first are found, whatever comes, goes, runs and waits', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, place), { maxLength: 80, size: 'max' }), (steps) => {
      const pair = new Pair();
      for (const [[what, of], { priority, isAhead }] of steps) {
        const message = typeof of === 'number' ? pair.messages[of % pair.messages.length] : undefined;
        if (what === 'add') pair.add(of as string, priority, isAhead);
        else if (what === 'flow') {
          const n = of as number;
          pair.setFlow({
            maxRunning: Number.POSITIVE_INFINITY,
            groupRunning: 1 + (n & 1),
            isFair: (n & 2) > 0,
            isStrict: (n & 4) > 0,
          });
        } else if (what === 'clear') {
          for (const each of pair.queue.takeWaiting())
            expect(pair.messages.map((m) => m.slot)).toContain(each);
          pair.messages = pair.messages.filter(({ state }) => state === 'running');
        } else if (message === undefined) continue;
        else if (what === 'remove') pair.remove(message);
        else if (what === 'start' && message.state === 'ready' && pair.mayGoOn(message.group))
          pair.start(message);
        else if (what === 'delay') pair.delay(message);
        else if (what === 'ready' && message.state !== 'ready') {
          pair.leave(message);
          pair.makeReady(message);
        }
        pair.compare();
      }
    }),
    { numRuns: 200 },
  );
});

it('what was put aside comes back as if it had been there, but for what has run meanwhile', () => {
  const groups = fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(groups, groups, fc.array(which, { maxLength: 6 }), (before, during, ended) => {
      const pair = new Pair();
      pair.queue.flow = { ...pair.queue.flow, groupRunning: 2 };
      for (const group of before) pair.add(group, 1024, false);
      const all = pair.messages;
      for (const [i, message] of [...all].entries())
        if (i % 3 === 0 && pair.mayGoOn(message.group)) pair.start(message);
      for (const [i, message] of [...all].entries())
        if (i % 6 === 0 && message.state === 'running') pair.delay(message);
      pair.compare();
      const aside = all.filter(({ state }) => state === 'ready' || state === 'delayed');
      const states = aside.map(({ state }) => state);
      pair.queue.putAside('waiting', Number.MAX_SAFE_INTEGER);
      for (const message of aside) message.state = 'aside';
      pair.compare();
      for (const group of during) pair.add(group, 1024, false);
      for (const n of ended) {
        const running = pair.messages.filter(({ state }) => state === 'running');
        if (running.length > 0) pair.remove(running[n % running.length] as Message);
      }
      pair.compare();
      pair.queue.takeBack();
      for (const [i, message] of aside.entries()) message.state = states[i] as Message['state'];
      pair.compare();
    }),
    { numRuns: 200 },
  );
});
