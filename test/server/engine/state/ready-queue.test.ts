import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counters } from '../../../../server/engine/state/counters.ts';
import { DeadlineHeap } from '../../../../server/engine/state/deadline-heap.ts';
import { MessageState, MessageTable, NONE, row } from '../../../../server/engine/state/message-table.ts';
import { Queue } from '../../../../server/engine/state/queue.ts';
import { QueuesWithWork } from '../../../../server/engine/state/queues-with-work.ts';
import { ReadyQueue } from '../../../../server/engine/state/ready-queue.ts';
import { SlotList } from '../../../../server/engine/state/slot-list.ts';

const PAGE = 4096;

/** A slot that is in use, as the state's messages are. */
function emptyTable(): MessageTable {
  const table = new MessageTable();
  table.rebuildFree();
  return table;
}

function allocate(table: MessageTable, priority = 0, order = 0): number {
  const slot = table.nextFree();
  table.claim(slot);
  const page = table.page(slot);
  page.state[row(slot)] = MessageState.ready;
  page.setPriority(row(slot), priority);
  page.order[row(slot)] = order;
  return slot;
}

function pagesOf(table: MessageTable, count: number): number {
  let pages = 0;
  for (let i = 0; i < count; i++) if (table.page(i * PAGE) !== undefined) pages++;
  return pages;
}

describe('the order of what is ready', () => {
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

  it('is that of (priority, order), whatever comes, goes and comes back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = emptyTable();
        const ready = new ReadyQueue(table);
        let model: { slot: number; priority: number; order: number }[] = [];
        const removed: typeof model = [];
        let order = 0;
        for (const todo of steps) {
          model.sort((a, b) => a.priority - b.priority || a.order - b.order);
          expect(ready.peek()).toBe(model[0]?.slot ?? NONE);
          if (todo.do === 'insert') {
            order++;
            // Every other one is a message that was given back.
            const entry = (order % 2 === 0 && removed.pop()) || {
              slot: allocate(table, todo.priority, todo.ahead ? -order : order),
              priority: todo.priority,
              order: todo.ahead ? -order : order,
            };
            ready.insert(entry.slot);
            model.push(entry);
          } else if (model.length > 0) {
            const gone = model[todo.do === 'take' ? 0 : todo.which % model.length];
            ready.remove(gone.slot);
            model = model.filter((entry) => entry !== gone);
            removed.push(gone);
          }
        }
      }),
    );
  });

  it('stays so when many go from the middle of many', () => {
    const priorities = fc.array(fc.nat({ max: 1000 }), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(priorities, fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }), (all, goes) => {
        const table = emptyTable();
        const ready = new ReadyQueue(table);
        const slots = all.map((priority, i) => allocate(table, priority, i + 1));
        for (const slot of slots) ready.insert(slot);
        for (const [i, slot] of slots.entries()) if (goes[i]) ready.remove(slot);
        const told: number[] = [];
        while (ready.size > 0) {
          const slot = ready.peek();
          told.push(all[slots.indexOf(slot)]);
          ready.remove(slot);
        }
        const left = all.filter((_, i) => !goes[i]);
        expect(told).toEqual(left.sort((a, b) => a - b));
      }),
    );
  });
});

describe('the slot list', () => {
  it('is first in, first out, but for what is removed from inside', () => {
    const steps = fc.array(fc.oneof(fc.constant('push' as const), fc.nat()), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (todo) => {
        const table = emptyTable();
        const list = new SlotList(table);
        const model: number[] = [];
        for (const each of todo) {
          if (each === 'push') {
            const slot = allocate(table);
            list.push(slot);
            model.push(slot);
          } else if (model.length > 0) {
            list.remove(model.splice(each % model.length, 1)[0]);
          }
          expect([...list]).toEqual(model);
          expect([list.head, list.tail]).toEqual([model[0] ?? NONE, model.at(-1) ?? NONE]);
          expect(list.size).toBe(model.length);
        }
        // Whoever goes through it may remove what it comes by.
        for (const slot of list) list.remove(slot);
        expect([list.head, list.tail, list.size]).toEqual([NONE, NONE, 0]);
      }),
    );
  });
});

describe('the deadlines', () => {
  it('has what is next first, by time and then by age, whatever is removed', () => {
    const step = fc.oneof(
      fc.record({ due: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ remove: fc.nat() }),
      fc.constant({ first: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (todo) => {
        const table = emptyTable();
        const deadlines = new DeadlineHeap(table);
        let model: { slot: number; due: number; order: number }[] = [];
        let order = 0;
        for (const each of todo) {
          if ('due' in each) {
            const slot = allocate(table, 0, ++order);
            table.page(slot).setDue(row(slot), each.due);
            deadlines.add(slot, each.due);
            model.push({ slot, due: each.due, order });
          } else if (model.length > 0) {
            const gone = 'remove' in each ? model[each.remove % model.length] : model[0];
            deadlines.remove(gone.slot);
            expect(deadlines.has(gone.slot)).toBe(false);
            model = model.filter((entry) => entry !== gone);
          }
          model.sort((a, b) => a.due - b.due || a.order - b.order);
          expect(deadlines.first).toBe(model[0]?.slot ?? NONE);
          expect(deadlines.next).toBe(model[0]?.due ?? Number.POSITIVE_INFINITY);
          expect(deadlines.size).toBe(model.length);
        }
      }),
    );
  });
});

describe('the queues from which something can be taken', () => {
  it('are told in the order in which they came, whatever goes meanwhile', () => {
    const step = fc.record({ which: fc.nat({ max: 9 }), goes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (todo) => {
        const table = emptyTable();
        const queues = Array.from(
          { length: 10 },
          (_, number) => new Queue(number, `q${number}`, table, new Counters()),
        );
        const waiting = new QueuesWithWork();
        const model = new Set<Queue>();
        for (const { which, goes } of todo) {
          const queue = queues[which];
          if (model.has(queue) && goes) {
            waiting.remove(queue);
            model.delete(queue);
          } else if (!model.has(queue)) {
            waiting.add(queue);
            model.add(queue);
          }
          expect([...waiting]).toEqual([...model]);
        }
        for (const queue of waiting) waiting.remove(queue);
        expect([...waiting]).toEqual([]);
      }),
    );
  });
});

describe('the message table', () => {
  it('gives no slot away twice, and knows which are in use', () => {
    // Stretches, so that whole pages come and go.
    const stretch = fc.record({ take: fc.boolean(), count: fc.nat({ max: 6000 }), newest: fc.boolean() });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const table = emptyTable();
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
          table.page(slot).state[row(slot)] = MessageState.ready;
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
    const table = emptyTable();
    const slots = Array.from({ length: pages * PAGE }, () => allocate(table));
    expect(pagesOf(table, pages)).toBe(pages);
    for (const slot of slots) table.free(slot);
    expect(pagesOf(table, pages)).toBe(1);
    allocate(table);
    expect(pagesOf(table, pages)).toBe(1);
  });

  it('takes no new page while old ones have room', () => {
    const pages = 5;
    const table = emptyTable();
    const slots = Array.from({ length: pages * PAGE }, () => allocate(table));
    for (let round = 0; round < 3 * slots.length; round++) {
      const index = (round * 7919) % slots.length;
      table.free(slots[index]);
      slots[index] = allocate(table);
    }
    expect(table.size).toBe(slots.length);
    expect(pagesOf(table, 2 * pages)).toBe(pages);
  });

  it('needs no more memory the longer messages come and go', () => {
    const table = emptyTable();
    const slots = Array.from({ length: 3 * PAGE }, () => allocate(table));
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 5_000_000; i++) {
      table.free(slots[i % slots.length]);
      slots[i % slots.length] = allocate(table);
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
  });
});
