import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SalvageReport, salvage } from '../../../../server/engine/offline/salvage.ts';
import { Survey } from '../../../../server/engine/offline/survey.ts';
import { row } from '../../../../server/engine/state/message-table.ts';
import { amount } from '../../../helpers/amount.ts';
import { body, ManualClock, TestEngine } from '../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../helpers/memory-disk.ts';

const SEGMENT = 64 * 1024;
/** Damaged disks of each journal. */
const RUNS = Number(process.env.SALVAGE_RUNS ?? amount(10, 25));
const QUEUES = ['a', 'b', 'c', 'mail'];

/** A message as the log has it. */
interface Stored {
  readonly id: number;
  readonly queue: string;
  readonly body: string;
  readonly attempts: number;
  readonly priority: number;
  readonly state: number;
  readonly jobId: string | undefined;
  readonly due: number;
  readonly flags: number;
  readonly enqueuedAt: number;
  readonly error: string;
}

interface Placed extends Stored {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** All that lives on a disk, by id. */
function contentsOf(disk: MemoryDisk): Map<number, Placed> {
  const survey = new Survey(disk, '/data', 'all');
  const { state } = survey.contents;
  const stored = new Map<number, Placed>();
  for (const message of survey.messages()) {
    if (!('slot' in message)) continue;
    const { slot, record } = message;
    const page = state.table.page(slot);
    const id = Math.abs(page.order[row(slot)]);
    stored.set(id, {
      id,
      queue: state.queueOf(slot).name,
      body: record.block.bytes.toString('latin1', record.bodyStart, record.bodyEnd),
      attempts: page.attempts[row(slot)],
      priority: page.priority(row(slot)),
      state: page.state[row(slot)],
      jobId: page.jobId(row(slot)),
      due: page.due(row(slot)),
      flags: record.flags,
      enqueuedAt: record.enqueuedAt,
      error: record.error.toString(),
      ...survey.placeOf(slot),
      size: page.size[row(slot)],
    });
  }
  survey.close();
  return stored;
}

function stripped({ file, offset, size, ...stored }: Placed): Stored {
  return stored;
}

/** At a time that stands still, so that nothing becomes ready meanwhile. */
function open(disk: MemoryDisk): Promise<TestEngine> {
  const clock = new ManualClock();
  return TestEngine.open(disk, { clock: () => clock.now });
}

/** A disk after a random life of its journal, and all bodies that its messages ever had. */
async function lived(seed: number): Promise<{ disk: MemoryDisk; sent: Set<string> }> {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 48271) >>> 0) % 0x7fff_ffff;
    return state % below;
  };
  const disk = new MemoryDisk();
  let engine = await open(disk);
  const sent = new Set<string>();
  const held: number[] = [];
  for (let step = 0; step < 700; step++) {
    const queue = QUEUES[random(QUEUES.length)];
    switch (random(20)) {
      case 0:
        await engine.take(queue);
        break;
      case 1:
        if (held.length > 0) await engine.complete(held.splice(random(held.length), 1)[0], 'result');
        break;
      case 2:
        if (held.length > 0) await engine.fail(held.splice(random(held.length), 1)[0], 'no', random(2) > 0);
        break;
      case 3:
        if (held.length > 0) await engine.release(held.splice(random(held.length), 1)[0], 'abort');
        break;
      case 4:
      case 5:
        held.push((await engine.reserve(queue, { mode: 'lease', leaseMs: 1e9 }))?.token ?? 0);
        break;
      case 6:
        if (random(4) === 0) await engine.purge(queue);
        break;
      case 7:
        if (random(4) === 0) await engine.drop(queue);
        break;
      case 8:
        if (random(3) === 0) await engine.move(queue, QUEUES[random(QUEUES.length)]);
        break;
      case 9:
        if (random(2) === 0) await engine.pause(queue);
        else await engine.resume(queue);
        break;
      case 10:
        if (random(20) === 0) {
          await engine.close();
          held.length = 0;
          engine = await open(disk);
        }
        break;
      default: {
        const text = body(step, random(8) === 0 ? random(20_000) : random(900));
        const jobId = random(3) === 0 ? `job-${random(8)}` : '';
        await engine.enqueue(queue, text, {
          jobId,
          flags: random(1000),
          priority: random(3) === 0 ? random(2000) : 1024,
          ahead: random(15) === 0,
          delayMs: random(5) === 0 ? 1e9 + random(1000) : 0,
          everyMs: jobId !== '' && random(3) === 0 ? 1e9 : 0,
        });
        sent.add(text);
        break;
      }
    }
  }
  const killed = disk.kill();
  await engine.close();
  return { disk: killed, sent };
}

type Blow =
  | { readonly how: 'flip'; readonly file: number; readonly at: number; readonly bits: number }
  | {
      readonly how: 'zero' | 'cut' | 'delete';
      readonly file: number;
      readonly at: number;
      readonly length: number;
    }
  | { readonly how: 'remove'; readonly file: number };

const place = { file: fc.nat({ max: 30 }), at: fc.nat({ max: SEGMENT - 1 }) };
const blow: fc.Arbitrary<Blow> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      how: fc.constant('flip' as const),
      ...place,
      bits: fc.integer({ min: 1, max: 255 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      how: fc.constantFrom('zero' as const, 'cut' as const, 'delete' as const),
      ...place,
      length: fc.integer({ min: 1, max: 10_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ how: fc.constant('remove' as const), file: fc.nat({ max: 30 }) }) },
);

/** In the first journal whole records are missing between others then, without a trace but that the file is shorter. */
const SEAMLESS: readonly Blow[] = [
  { how: 'delete', file: 4, at: 34_304, length: 8193 },
  { how: 'remove', file: 0 },
];

/** Damages the disk; whether a stretch of a file is still as it was, perhaps elsewhere in it. */
function strike(
  disk: MemoryDisk,
  blows: readonly Blow[],
): (file: string, from: number, to: number) => boolean {
  const files = disk.files();
  /** For each file, which of its bytes each of its bytes was; -1 for one that was changed. */
  const origins = new Map(
    files.map((name) => [name, Int32Array.from({ length: disk.contents(name).length }, (_, i) => i)]),
  );
  for (const blow of blows) {
    const name = files[blow.file % files.length];
    const origin = origins.get(name);
    if (origin === undefined) continue;
    const bytes = disk.contents(name);
    switch (blow.how) {
      case 'flip':
        if (blow.at >= bytes.length) break;
        bytes[blow.at] ^= blow.bits;
        origin[blow.at] = -1;
        break;
      case 'zero':
        bytes.fill(0, Math.min(blow.at, bytes.length), Math.min(blow.at + blow.length, bytes.length));
        origin.fill(-1, blow.at, blow.at + blow.length);
        break;
      case 'cut':
        disk.truncate(name, blow.at);
        origins.set(name, origin.slice(0, blow.at));
        break;
      case 'delete': {
        // Whole sectors go at a time, and no smaller pieces.
        const from = blow.at & ~511;
        const to = Math.min(bytes.length, from + (Math.ceil(blow.length / 512) << 9));
        if (from >= to) break;
        bytes.copyWithin(from, to);
        disk.truncate(name, bytes.length - (to - from));
        const rest = [...origin.subarray(0, from), ...origin.subarray(to)];
        origins.set(name, Int32Array.from(rest));
        break;
      }
      case 'remove':
        disk.remove(`/data/${name}`);
        origins.delete(name);
    }
  }
  return (name, from, to) => {
    const origin = origins.get(name);
    const start = origin?.indexOf(from) ?? -1;
    if (origin === undefined || start < 0) return false;
    for (let i = 0; i < to - from; i++) if (origin[start + i] !== from + i) return false;
    return true;
  };
}

async function rescue(damaged: MemoryDisk): Promise<{ saved: MemoryDisk; report: SalvageReport }> {
  const saved = new MemoryDisk();
  const before = damaged.files().map((name) => damaged.contents(name).toString('latin1'));
  const report = await salvage(damaged, '/data', { disk: saved, directory: '/data', segmentSize: SEGMENT });
  expect(damaged.files().map((name) => damaged.contents(name).toString('latin1'))).toEqual(before);
  return { saved, report };
}

describe.each([1, 2, 3, 4])('a journal that is damaged at random (%i)', (seed) => {
  let disk: MemoryDisk;
  let sent: Set<string>;
  let whole: Map<number, Placed>;

  beforeAll(async () => {
    ({ disk, sent } = await lived(seed));
    whole = contentsOf(disk);
  });

  it('is copied as it is where nothing is', async () => {
    const { saved, report } = await rescue(disk);
    expect([...contentsOf(saved).values()].map(stripped).sort((a, b) => a.id - b.id)).toEqual(
      [...whole.values()].map(stripped).sort((a, b) => a.id - b.id),
    );
    expect(report).toMatchObject({ damage: [], lost: [], returning: 0, doubtful: 0, unnamed: 0 });
    const engine = await open(saved);
    const other = await open(disk.kill());
    const { messages, queues } = engine.engine.stats();
    expect({ messages, queues }).toMatchObject({
      messages: other.engine.stats().messages,
      queues: other.engine.stats().queues,
    });
    for (const queue of QUEUES) {
      expect(engine.statsOf(queue)?.paused).toBe(other.statsOf(queue)?.paused);
      await engine.resume(queue);
      await other.resume(queue);
      expect(await engine.drain(queue)).toEqual(await other.drain(queue));
    }
    await engine.close();
    await other.close();
  });

  it('is saved as far as it is not touched, and nothing else comes to light', async () => {
    expect(whole.size).toBeGreaterThan(50);
    let touched = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(blow, { minLength: 1, maxLength: 8 }), async (blows) => {
        const damaged = disk.kill();
        const isWhole = strike(damaged, blows);
        const { saved, report } = await rescue(damaged);
        const found = contentsOf(saved);
        for (const { body, queue } of found.values()) {
          // The result of a job that has ended, or what was sent.
          expect(sent.has(body) || body === 'result' || body === '').toBe(true);
          expect([...QUEUES, ...found.keys()].includes(queue) || queue.startsWith('lost-queue-')).toBe(true);
        }
        for (const { id, file, offset, size, body } of whole.values()) {
          if (isWhole(file, offset, offset + size)) expect(found.get(id)?.body).toBe(body);
          else touched++;
        }
        for (const { id } of report.lost) expect(found.has(id)).toBe(false);
        const engine = await open(saved);
        expect(engine.engine.stats().messages).toBe(
          [...report.queues.values()].reduce((sum, { messages }) => sum + messages, 0),
        );
        const next = await engine.enqueue('new', 'x');
        expect(next).toBeGreaterThan(Math.max(0, ...found.keys()));
        await engine.close();
      }),
      { numRuns: RUNS, examples: [[[...SEAMLESS]]] },
    );
    expect(touched).toBeGreaterThan(RUNS);
  });
});
