import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ListedState, MESSAGE_STATES, type MessageRow, refText } from '../../../../server/engine/api.ts';
import { MessageState, row } from '../../../../server/engine/state/message-table.ts';
import { turn } from '../../../../server/engine/turn.ts';
import { amount } from '../../../helpers/amount.ts';
import { type Options, TestEngine } from '../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../helpers/memory-disk.ts';

const QUEUE = 'q';
const CLOCK = { now: 1_700_000_000_000 };
const OPTIONS: Options = { clock: () => CLOCK.now };

/** What may happen between two pages; `which` chooses among those that it can happen to. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('enqueue' as const),
        priority: fc.constantFrom(1, 1024, 1024, 2000),
        ahead: fc.boolean(),
        delayMs: fc.constantFrom(0, 0, 0, 1000, 1000, 2000),
        group: fc.constantFrom('', '', 'a', 'b'),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constantFrom('reserve', 'complete', 'fail', 'abort', 'retry', 'cancel', 'remove', 'tick'),
        which: fc.nat(),
      }),
    },
  ),
  { minLength: 2, maxLength: 12 },
);
const between = fc.array(steps, { maxLength: 8 });
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

/** Bounds that have a list told at once, by a walk, a message in a turn, and one in a page. */
const bounds = fc.constantFrom(
  { few: 5000, steps: 20_000 },
  { few: 0, steps: 20_000 },
  { few: 0, steps: 4, found: 1, sliceMs: 0 },
  { few: 0, steps: 4, found: 1, sliceMs: 0, looks: 1 },
);

/** Does what is asked of a queue of jobs. */
class Life {
  readonly test: TestEngine;
  readonly #held: number[] = [];
  #count = 0;

  constructor(test: TestEngine) {
    this.test = test;
  }

  /** One more is in that state. */
  async begin(listed: ListedState): Promise<void> {
    const { test } = this;
    const delayMs = listed === 'delayed' ? 1000 : 0;
    await test.enqueue(QUEUE, 'x', { jobId: `${this.#count++}`, delayMs });
    if (listed === 'ready' || listed === 'delayed') return;
    const delivery = await test.reserve(QUEUE, { mode: 'lease', leaseMs: 60_000 });
    const token = delivery?.token ?? 0;
    if (listed === 'reserved') this.#held.push(token);
    else if (listed === 'failed') await test.fail(token, 'why', true);
    else await test.complete(token, 'done');
  }

  async do(step: Step): Promise<void> {
    const { test } = this;
    switch (step.type) {
      case 'enqueue':
        await test.enqueue(QUEUE, 'x', { ...step, jobId: `${this.#count++}` });
        return;
      case 'reserve': {
        const delivery = await test.reserve(QUEUE, { mode: 'lease', leaseMs: 60_000 });
        if (delivery !== undefined) this.#held.push(delivery.token);
        return;
      }
      case 'complete':
        return this.#end(step.which, (token) => test.complete(token, 'done'));
      case 'fail':
        return this.#end(step.which, (token) => test.fail(token, 'why', true));
      case 'abort':
        return this.#end(step.which, (token) => test.release(token, 'abort'));
      case 'retry':
        await test.retryFailed(QUEUE, 0, `${step.which % this.#count}`);
        return;
      case 'cancel':
        await test.cancel(QUEUE, `${step.which % this.#count}`);
        return;
      case 'remove':
        await test.take(QUEUE);
        return;
      case 'tick':
        CLOCK.now += step.which % 3;
    }
  }

  async #end(which: number, end: (token: number) => Promise<boolean>): Promise<void> {
    const [token] = this.#held.splice(which % Math.max(1, this.#held.length), 1);
    if (token !== undefined) await end(token);
  }
}

/** What is in a state now, with what the list of that state is sorted by, as text. */
function snapshot({ state }: TestEngine, listed: ListedState): Map<string, string> {
  const found = new Map<string, string>();
  for (const slot of state.table.slots()) {
    const isHeld = state.isHeld(slot);
    if (isHeld ? listed !== 'reserved' : state.stateOf(slot) !== MessageState[listed]) continue;
    const page = state.table.page(slot);
    const i = row(slot);
    const time = listed === 'reserved' ? state.leases.of(slot).token : page.due(i);
    const key = listed === 'ready' ? `${page.priority(i)} ${page.order[i]}` : `${time}`;
    found.set(refText({ slot, id: Math.abs(page.order[i]) }), key);
  }
  return found;
}

describe.each([
  ['on a disk', () => TestEngine.open(new MemoryDisk(), OPTIONS)],
  ['in memory', () => TestEngine.openInMemory(OPTIONS)],
])('pages of a list, %s', (_, open) => {
  it.each(MESSAGE_STATES)(
    'tell all that stays %s, and nothing of it twice, whatever comes and goes',
    (listed) =>
      fc.assert(
        fc.asyncProperty(
          steps,
          between,
          fc.integer({ min: 1, max: 4 }),
          bounds,
          async (before, after, limit, of) => {
            const test = await open();
            onTestFinished(() => test.close());
            Object.assign(test.engine.messages.listing.bounds, of);
            const life = new Life(test);
            for (let i = 0; i < 6; i++) await life.begin(listed);
            for (const step of before) await life.do(step);
            const stayed = snapshot(test, listed);
            const told: MessageRow[] = [];
            let cursor: string | undefined;
            for (let count = 0; count === 0 || cursor !== undefined; count++) {
              const listing = test.engine.messages.list({ queue: QUEUE, state: listed, cursor, limit });
              // What happens in the midst of a scan.
              for (const step of after[count] ?? []) {
                await turn();
                await life.do(step);
                // One that comes back has not stayed: the scan may have passed it meanwhile.
                const now = snapshot(test, listed);
                for (const [ref, key] of stayed) if (now.get(ref) !== key) stayed.delete(ref);
              }
              const page = await listing;
              expect(page.rows.length).toBeLessThanOrEqual(limit);
              told.push(...page.rows);
              cursor = page.next;
            }
            const refs = told.map(({ ref }) => refText(ref));
            for (const ref of stayed.keys()) expect(refs.filter((each) => each === ref)).toEqual([ref]);
          },
        ),
        { numRuns: amount(40, 300) },
      ),
  );
});
