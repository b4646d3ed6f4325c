import { vi } from 'vitest';
import { type Completion, type Delivery, type JobStatus, NOT_STORED } from '../../../server/engine/api.ts';
import type { Level } from '../../../server/engine/log/log.ts';
import { reserveRequest, type TestEngine, textOf } from '../../helpers/local-engine.ts';

/** A kind of answer, and a case in which only a restart could show that it came too early. */
export interface Answer {
  readonly what: string;
  /** How safe all that it saw has to be before it leaves. */
  readonly after: Level;
  /** On record, and durable, before anything begins; a lease's token, if one is held. */
  readonly before?: (engine: TestEngine) => Promise<number>;
  /** What the answer sees; undefined where it is about what is asked for itself. */
  readonly change?: (engine: TestEngine, token: number) => Promise<unknown>;
  readonly ask: (engine: TestEngine, token: number) => Promise<unknown>;
  readonly answer: unknown;
  /** What shows after a restart that the change is not there; where it is not `ask` itself. */
  readonly look?: (engine: TestEngine, token: number) => Promise<unknown>;
  /** What that shows then. */
  readonly without: unknown;
}

/** Milliseconds. */
export const LONG = 60_000;
export const WAIT = 100;

export async function waits(engine: TestEngine): Promise<number> {
  await engine.enqueue('q', 'first', { jobId: 'k' });
  return 0;
}

export async function isPaused(engine: TestEngine): Promise<number> {
  await Promise.all([waits(engine), engine.pause('q')]);
  return 0;
}

export async function isLeased(engine: TestEngine): Promise<number> {
  const [, { token }] = await Promise.all([waits(engine), lease(engine)]);
  return token;
}

export async function hasFailed(engine: TestEngine): Promise<number> {
  await engine.fail(await isLeased(engine), 'no', true);
  return 0;
}

export function lease(engine: TestEngine): Promise<Delivery> {
  return engine.reserve('q', { mode: 'lease', leaseMs: LONG }) as Promise<Delivery>;
}

export async function store(engine: TestEngine, mode: 'set' | 'add' | 'replace' = 'set'): Promise<string> {
  const id = await engine.enqueue('q', 'second', { jobId: 'k', mode });
  return id === NOT_STORED ? 'NOT_STORED' : 'STORED';
}

export async function state(engine: TestEngine): Promise<string | undefined> {
  return (await engine.status('q', 'k'))?.state;
}

export function take(engine: TestEngine): Promise<string | undefined> {
  return engine.takeText('q');
}

export async function text(delivery: Promise<Delivery | undefined>): Promise<string | undefined> {
  const found = await delivery;
  return found && textOf(found);
}

/** A read that waits, and whose wait is ended. */
export function read({ engine }: TestEngine, end: (done: Completion<unknown>) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = { resolve, reject };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      engine.reserve(reserveRequest('q', { mode: 'take', waitMs: WAIT }), done);
      end(done);
    } finally {
      vi.useRealTimers();
    }
  });
}

/** A wait for the end of a job, which is ended; the job's state then. */
export async function ending(engine: TestEngine, end: (done: Completion<unknown>) => void): Promise<unknown> {
  const status = await new Promise<JobStatus | undefined>((resolve, reject) => {
    const done = { resolve, reject };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      engine.engine.awaitEnd({ queue: 'q', jobId: 'k', waitMs: WAIT }, done);
      end(done);
    } finally {
      vi.useRealTimers();
    }
  });
  return status?.state;
}

export function settle(
  engine: TestEngine,
  verb: 'complete' | 'release' | 'extend' | 'progress' | 'fail',
  token: number,
): Promise<boolean> {
  switch (verb) {
    case 'complete':
      return engine.complete(token);
    case 'release':
      return engine.release(token, 'abort');
    case 'extend':
      return engine.extend(token, LONG);
    case 'progress':
      return engine.progress(token, 'half');
    case 'fail':
      return engine.fail(token, 'no');
  }
}
