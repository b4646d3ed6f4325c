import { describe, expect, it } from 'vitest';
import { turn } from '../../../server/engine/turn.ts';
import { DiskError } from '../../../shared/errors.ts';
import { body, type Options, reserveRequest, TestEngine, textOf, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import type { Answer } from './answer.ts';
import { DONE } from './done-answers.ts';
import { SEEN } from './seen-answers.ts';

const ALL = [...SEEN, ...DONE];
const SYNCS = ['always', 'interval', 'never'] as const;

describe.each(ALL.filter(({ after }) => after === 'durable'))('the answer to $what', (kind) => {
  it('waits until all that was appended is synced', async () => {
    const held = await Case.begin(kind);
    held.askWithoutSync();
    await held.expectNone();
    await held.expectLost(held.disk.powerCut(() => 0.9));
    held.disk.releaseSyncs();
    await held.expectAnswer();
  });

  it('is refused when that fails', async () => {
    const failed = await Case.begin(kind);
    failed.askWithoutSync();
    failed.disk.syncError = new Error('EIO');
    failed.disk.releaseSyncs();
    await failed.expectRefusal();
  });
});

describe.each(ALL)('the answer to $what', (kind) => {
  it.each(SYNCS)('waits until all that was appended is written, with --sync %s', async (sync) => {
    const held = await Case.begin(kind, { sync });
    await held.askWithoutWrite();
    await held.expectNone();
    await held.expectLost(held.disk.kill());
    held.disk.releaseSyncs();
    await held.expectAnswer();
  });

  it.each(['writeError', 'syncError'] as const)('is refused when that fails (%s)', async (which) => {
    const failed = await Case.begin(kind);
    await failed.askWithoutWrite();
    failed.disk[which] = new Error('EIO');
    failed.disk.releaseSyncs();
    await failed.expectRefusal();
  });

  it.each(kind.after === 'written' ? SYNCS : SYNCS.slice(1))(
    'waits for no sync, with --sync %s',
    async (sync) => {
      const held = await Case.begin(kind, { sync });
      held.askWithoutSync();
      await held.expectAnswer();
    },
  );
});

describe.each(SEEN)('the answer to $what', (kind) => {
  it('is given at once where nothing is under way', async () => {
    const { engine, token } = await Case.begin(kind);
    await kind.change?.(engine, token);
    await engine.log.flush();
    const answer = watch(kind.ask(engine, token));
    await callbacks();
    expect(answer).toStrictEqual({ value: kind.answer });
    await engine.close();
  });
});

it('a miss is told within the call that asks, where nothing is under way', async () => {
  const engine = await TestEngine.open(new MemoryDisk());
  const told: unknown[] = [];
  const done = { resolve: (value: unknown) => told.push(value), reject: (error: Error) => told.push(error) };
  engine.engine.reserve(reserveRequest('q'), done);
  engine.engine.peek({ queue: 'q', failed: false, jobId: '', watchList: undefined }, done);
  engine.engine.status('q', 'k', done);
  expect(told).toEqual([undefined, undefined, undefined]);
  await engine.close();
});

describe('a failed disk', () => {
  it('has all answers refused, but for a peek that hits', async () => {
    for (const kind of ALL) {
      const { engine, token, disk } = await Case.begin(kind);
      await engine.enqueue('other', 'here');
      await Promise.all([kind.change?.(engine, token), engine.log.flush()]);
      disk.syncError = new Error('EIO');
      await expect(engine.pause('more')).rejects.toThrow(DiskError);
      expect(engine.log.failure).toBeDefined();
      await expect(kind.ask(engine, token), kind.what).rejects.toThrow(DiskError);
      const peeked = await engine.peek('other');
      expect(peeked && textOf(peeked)).toBe('here');
      expect(engine.statsOf('other')).toMatchObject({ ready: 1 });
      await engine.close();
    }
  });
});

describe('what waits for space', () => {
  it('is not overtaken by a replace', async () => {
    const engine = await TestEngine.open(new MemoryDisk());
    const answers = [
      engine.enqueue('q', body(0, 40_000)),
      engine.enqueue('q', body(1, 40_000), { jobId: 'k' }),
      engine.enqueue('q', '', { jobId: 'k', mode: 'replace' }),
    ];
    expect(await Promise.all(answers)).toEqual([1, 2, 2]);
    await engine.close();
  });

  it('is not overtaken by a move', async () => {
    const engine = await TestEngine.open(new MemoryDisk());
    const answers = [
      engine.enqueue('p', body(0, 40_000)),
      engine.enqueue('q', body(1, 40_000)),
      engine.move('q', 'r'),
    ];
    expect(await Promise.all(answers)).toEqual([1, 2, 1]);
    await engine.close();
  });

  it('is not overtaken by a retry', async () => {
    const engine = await TestEngine.open(new MemoryDisk());
    await engine.enqueue('q', '');
    const { token } = (await engine.reserve('q'))!;
    // More than a segment of them, of which the last ones wait.
    const toggles = Array.from({ length: 2500 }, () => [engine.pause('p'), engine.resume('p')]);
    const answers = [engine.fail(token, 'no', true), engine.retryFailed('q')];
    expect(await Promise.all(answers)).toEqual([true, 1]);
    await Promise.all(toggles.flat());
    await engine.close();
  });
});

/** An engine, with an answer that it owes. */
class Case {
  readonly disk: MemoryDisk;
  readonly engine: TestEngine;
  readonly token: number;
  readonly #kind: Answer;
  #answer: Result = {};

  static async begin(kind: Answer, options: Options = {}): Promise<Case> {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk, options);
    const token = (await kind.before?.(engine)) ?? 0;
    await engine.log.flush();
    return new Case(kind, disk, engine, token);
  }

  private constructor(kind: Answer, disk: MemoryDisk, engine: TestEngine, token: number) {
    this.#kind = kind;
    this.disk = disk;
    this.engine = engine;
    this.token = token;
  }

  /** Asks; what is written is not synced before `releaseSyncs`. */
  askWithoutSync(): void {
    this.disk.heldSyncs = [];
    this.#ask();
  }

  /** Asks; nothing is written before `releaseSyncs`: a segment has begun, and the one before it has to be synced first. */
  async askWithoutWrite(): Promise<void> {
    const { disk, engine } = this;
    await engine.enqueue('filler', body(0, 40_000));
    await engine.purge('filler');
    await turns(() => !engine.log.isMakingSpace);
    disk.heldSyncs = [];
    watch(engine.enqueue('filler', ''));
    watch(engine.enqueue('filler', body(1, 30_000)));
    expect(engine.detail('journal_segments')).toBe(2);
    this.#ask();
  }

  async expectNone(): Promise<void> {
    await someTurns();
    expect(this.#answer).toStrictEqual({});
  }

  /** After a restart with that disk nothing is so as the answer would have said. */
  async expectLost(disk: MemoryDisk): Promise<void> {
    const { look, ask, without } = this.#kind;
    const restarted = await TestEngine.open(disk);
    expect(await (look ?? ask)(restarted, this.token)).toEqual(without);
    await restarted.close();
  }

  async expectAnswer(): Promise<void> {
    await someTurns();
    expect(this.#answer).toStrictEqual({ value: this.#kind.answer });
    this.disk.releaseSyncs();
    await this.engine.close();
  }

  async expectRefusal(): Promise<void> {
    await someTurns();
    expect(this.#answer).toStrictEqual({ error: expect.any(DiskError) });
    await this.engine.close();
  }

  #ask(): void {
    const { change, ask } = this.#kind;
    const changed = change?.(this.engine, this.token);
    if (changed !== undefined) watch(changed);
    this.#answer = watch(ask(this.engine, this.token));
  }
}

/** What has become of an operation so far. */
interface Result {
  value?: unknown;
  error?: unknown;
}

function watch(operation: Promise<unknown>): Result {
  const result: Result = {};
  operation.then(
    (value) => {
      result.value = value;
    },
    (error: unknown) => {
      result.error = error;
    },
  );
  return result;
}

/** Lets promises call back, and the event loop not turn. */
async function callbacks(): Promise<void> {
  for (let count = 0; count < 10; count++) await undefined;
}

async function someTurns(): Promise<void> {
  for (let count = 0; count < 10; count++) await turn();
}
