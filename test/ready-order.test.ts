import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveBytes } from '../server/engine/local/journal/live-bytes.ts';
import { at, MessageState, MessageTable, NONE } from '../server/engine/local/message-table.ts';
import { ReadyOrder } from '../server/engine/local/ready-order.ts';
import { SlotList } from '../server/engine/local/slot-list.ts';
import { State } from '../server/engine/local/state.ts';
import { Timetable } from '../server/engine/local/timetable.ts';

const PAGE = 4096;

/** A slot that is in use, as the state's messages are. */
function allocate(table: MessageTable, priority = 0, sequence = 0): number {
  const slot = table.allocate();
  const page = table.page(slot);
  page.state[at(slot)] = MessageState.ready;
  page.priority[at(slot)] = priority;
  page.sequence[at(slot)] = sequence;
  return slot;
}

function pagesOf(table: MessageTable, count: number): number {
  let pages = 0;
  for (let i = 0; i < count; i++) if (table.page(i * PAGE) !== undefined) pages++;
  return pages;
}

describe('the ready order', () => {
  type Step =
    | { do: 'insert'; priority: number; ahead: boolean }
    | { do: 'take' }
    | { do: 'remove'; which: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('insert' as const),
        priority: fc.constant(1024),
        ahead: fc.constant(false),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('insert' as const),
        priority: fc.nat({ max: 3 }),
        ahead: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.constant({ do: 'take' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }) },
  );

  it('is that of (priority, sequence), whatever comes, goes and comes back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new MessageTable();
        const order = new ReadyOrder(table);
        let model: { slot: number; priority: number; sequence: number }[] = [];
        const removed: typeof model = [];
        let sequence = 0;
        for (const todo of steps) {
          model.sort((a, b) => a.priority - b.priority || a.sequence - b.sequence);
          expect(order.peek()).toBe(model[0]?.slot ?? NONE);
          if (todo.do === 'insert') {
            sequence++;
            // Every other one is a message that was given back.
            const entry = (sequence % 2 === 0 && removed.pop()) || {
              slot: allocate(table, todo.priority, todo.ahead ? -sequence : sequence),
              priority: todo.priority,
              sequence: todo.ahead ? -sequence : sequence,
            };
            order.insert(entry.slot);
            model.push(entry);
          } else if (model.length > 0) {
            const gone = model[todo.do === 'take' ? 0 : todo.which % model.length]!;
            order.remove(gone.slot);
            model = model.filter((entry) => entry !== gone);
            removed.push(gone);
          }
        }
      }),
    );
  });
});

describe('the slot list', () => {
  it('is first in, first out, but for what is removed from inside', () => {
    const steps = fc.array(fc.oneof(fc.constant('push' as const), fc.constant('shift' as const), fc.nat()), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (todo) => {
        const table = new MessageTable();
        const list = new SlotList(table);
        const model: number[] = [];
        for (const each of todo) {
          if (each === 'push') {
            const slot = allocate(table);
            list.push(slot);
            model.push(slot);
          } else if (model.length > 0) {
            if (each === 'shift') expect(list.shift()).toBe(model.shift());
            else list.remove(model.splice(each % model.length, 1)[0]!);
          }
          expect(list.head).toBe(model[0] ?? NONE);
          expect(list.tail).toBe(model.at(-1) ?? NONE);
        }
        for (const slot of model) expect(list.shift()).toBe(slot);
        expect([list.head, list.tail]).toEqual([NONE, NONE]);
      }),
    );
  });
});

describe('the timetable', () => {
  it('forgets what is not wanted any more, and keeps the rest in order', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ due: fc.nat({ max: 50 }), stays: fc.boolean() })), (entries) => {
        const timetable = new Timetable();
        const wanted = new Map<number, number>();
        for (const [slot, { due, stays }] of entries.entries()) {
          const ticket = timetable.add(due, slot);
          if (stays) wanted.set(ticket, slot);
        }
        timetable.keep((slot, ticket) => wanted.get(ticket) === slot);
        const left: number[] = [];
        for (; timetable.size > 0; timetable.removeFirst()) {
          expect(wanted.get(timetable.firstTicket)).toBe(timetable.firstSlot);
          left.push(timetable.nextDue);
        }
        const expected = entries.filter(({ stays }) => stays).map(({ due }) => due);
        expect(left).toEqual(expected.sort((a, b) => a - b));
      }),
    );
  });

  it('gives the entries back by their time, each with its slot and ticket', () => {
    const steps = fc.array(fc.option(fc.nat({ max: 50 }), { freq: 3 }), { maxLength: 300 });
    fc.assert(
      fc.property(steps, (todo) => {
        const timetable = new Timetable();
        const model = new Map<number, { due: number; slot: number }>();
        let slot = 0;
        for (const due of todo) {
          if (due !== null) {
            const ticket = timetable.add(due, ++slot);
            expect(model.has(ticket)).toBe(false);
            model.set(ticket, { due, slot });
          } else if (model.size > 0) {
            const { nextDue, firstSlot, firstTicket } = timetable;
            expect(nextDue).toBe(Math.min(...[...model.values()].map((entry) => entry.due)));
            expect(model.get(firstTicket)).toEqual({ due: nextDue, slot: firstSlot });
            model.delete(firstTicket);
            timetable.removeFirst();
          }
          expect(timetable.size).toBe(model.size);
        }
        if (model.size === 0) expect(timetable.nextDue).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('is not filled by leases that end before their time', () => {
    const live = new LiveBytes();
    const state = new State(live);
    state.queue(0, 'q');
    for (let i = 1; i <= 20_000; i++) {
      const slot = state.table.allocate();
      const fields = {
        slot,
        sequence: i,
        queue: 0,
        priority: 0,
        state: MessageState.ready,
        attempts: 0,
        flags: 0,
      };
      const rest = { enqueuedAt: 0, time: 0, expires: 0, token: 0, error: Buffer.alloc(0) };
      state.insert({ ...fields, ...rest }, 1, 0, 8);
      state.reserve(slot, i, 1, i, 1e9 + i);
      state.done(slot, i);
    }
    expect(state.timetable.size).toBeLessThan(2000);
  });
});

describe('the message table', () => {
  it('gives no slot away twice, and knows which are in use', () => {
    // Stretches, so that whole pages come and go.
    const stretch = fc.record({ take: fc.boolean(), count: fc.nat({ max: 6000 }), newest: fc.boolean() });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const table = new MessageTable();
        const model = new Set<number>();
        for (const { take, count, newest } of stretches) {
          if (take) {
            for (let i = 0; i < count; i++) {
              const slot = allocate(table);
              if (model.has(slot)) throw new Error(`slot ${slot} was given away twice`);
              model.add(slot);
            }
          } else {
            const inUse = [...model];
            for (const slot of newest ? inUse.slice(-count) : inUse.slice(0, count)) {
              table.free(slot);
              model.delete(slot);
              if (table.has(slot)) throw new Error(`slot ${slot} is still in use`);
            }
          }
          expect(table.size).toBe(model.size);
          expect([...table.slots()].sort((a, b) => a - b)).toEqual([...model].sort((a, b) => a - b));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('finds the free slots after a replay, which claimed and freed as the journal said', () => {
    const claimed = fc.uniqueArray(fc.nat({ max: 3 * PAGE }), { maxLength: 500 });
    fc.assert(
      fc.property(claimed, fc.nat({ max: 500 }), (slots, freed) => {
        const table = new MessageTable();
        for (const slot of slots) {
          table.claim(slot);
          table.page(slot).state[at(slot)] = MessageState.ready;
        }
        for (const slot of slots.slice(0, freed)) table.free(slot);
        table.rebuildFree();
        const model = new Set(slots.slice(freed));
        expect(table.size).toBe(model.size);
        for (let i = 0; i < 2 * PAGE; i++) {
          const slot = allocate(table);
          if (model.has(slot)) throw new Error(`slot ${slot} was given away twice`);
          model.add(slot);
        }
        expect(table.size).toBe(model.size);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the memory of a backlog back as it is drained, oldest first', () => {
    const pages = 20;
    const table = new MessageTable();
    const slots = Array.from({ length: pages * PAGE }, () => allocate(table));
    expect(pagesOf(table, pages)).toBe(pages);
    for (const slot of slots) table.free(slot);
    expect(pagesOf(table, pages)).toBe(1);
    allocate(table);
    expect(pagesOf(table, pages)).toBe(1);
  });

  it('takes no new page while old ones have room', () => {
    const pages = 5;
    const table = new MessageTable();
    const slots = Array.from({ length: pages * PAGE }, () => allocate(table));
    for (let round = 0; round < 3 * slots.length; round++) {
      const index = (round * 7919) % slots.length;
      table.free(slots[index]!);
      slots[index] = allocate(table);
    }
    expect(table.size).toBe(slots.length);
    expect(pagesOf(table, 2 * pages)).toBe(pages);
  });

  it('needs no more memory the longer messages come and go', () => {
    const table = new MessageTable();
    const slots = Array.from({ length: 3 * PAGE }, () => allocate(table));
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 5_000_000; i++) {
      table.free(slots[i % slots.length]!);
      slots[i % slots.length] = allocate(table);
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
  });
});
