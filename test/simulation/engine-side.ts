import type { Completion, Delivery } from '../../server/engine/api.ts';
import type { Engine } from '../../server/engine/engine.ts';
import { WatchList } from '../../shared/watch-list.ts';
import type { Enqueue, Operation, Read } from './operation.ts';

/** Asks the engine. False when what the same client asks next has to wait for the answer. */
export function ask(engine: Engine, operation: Operation, done: Completion<never>): boolean {
  const answer = done as Completion<unknown>;
  switch (operation.type) {
    case 'retryFailed':
      return engine.retryFailed(operation.queue, operation.jobId, operation.delay, answer);
    case 'purge':
      return engine.purge(operation.queue, answer);
    case 'drop':
      return engine.drop(operation.queue, answer);
    case 'move':
      return engine.move(operation.queue, operation.to, answer);
    default:
      askOne(engine, operation, answer);
      return true;
  }
}

type Long = Extract<Operation, { type: 'retryFailed' | 'purge' | 'drop' | 'move' }>;

function askOne(engine: Engine, operation: Exclude<Operation, Long>, answer: Completion<unknown>): void {
  switch (operation.type) {
    case 'enqueue':
      return enqueue(engine, operation, answer);
    case 'read':
      return read(engine, operation, answer as Completion<Delivery | undefined>);
    case 'takeFailed':
      return engine.reserve({ ...TAKE, ...operation, failed: true }, answer);
    case 'peek':
      return engine.peek({ ...operation, watchList: undefined }, answer);
    case 'complete':
      return engine.complete(operation.token, Buffer.from(operation.result), answer);
    case 'release':
      return engine.release(operation.token, operation.reason, answer);
    case 'fail':
      return engine.fail({ ...operation, error: Buffer.from(operation.error) }, answer);
    case 'extend':
      return engine.extend(operation.token, operation.leaseMs, '', answer);
    case 'progress':
      return engine.progress(operation.token, operation.text, answer);
    case 'status':
      return engine.status(operation.queue, operation.jobId, answer);
    case 'cancel':
      return engine.cancel(operation.queue, operation.jobId, answer);
    case 'discardFailed':
      return engine.discardFailed(operation.queue, operation.jobId, answer);
    case 'pause':
      return engine.pause(operation.queue, answer);
    case 'resume':
      return engine.resume(operation.queue, answer);
    case 'runNow':
      return tell(engine.schedules.runNow(operation.name), answer);
    case 'setDisabled':
      return tell(engine.schedules.setDisabled(operation.name, operation.isDisabled), answer);
    case 'schedule':
      return schedule(engine, operation, answer);
  }
}

/** Takes what there is, at once. */
export const TAKE = {
  watchList: undefined,
  mode: 'take',
  leaseMs: 0,
  failed: false,
  jobId: '',
  waitMs: 0,
  holder: 'reader',
} as const;

/** Of what says nothing of its own. */
const NO_RULES = { maxAttempts: 0, backoff: undefined, group: '' };

function enqueue(engine: Engine, operation: Enqueue, done: Completion<number>): void {
  const body = Buffer.from(operation.body, 'latin1');
  engine.enqueue({ ...NO_RULES, ...operation, body, start: 0, end: body.length }, done);
}

function read(engine: Engine, operation: Read, done: Completion<Delivery | undefined>): void {
  const { queues, mode, leaseMs, holder, waitMs } = operation;
  const watchList = queues.length === 1 ? undefined : (WatchList.parse(queues.join()) as WatchList);
  const queue = queues[0];
  engine.reserve({ queue, watchList, mode, leaseMs, holder, waitMs, failed: false, jobId: '' }, done);
}

function schedule(
  engine: Engine,
  { lines }: Extract<Operation, { type: 'schedule' }>,
  done: Completion<unknown>,
): void {
  const jobs = lines.map(({ rhythm, body, ...line }) => ({
    ...NO_RULES,
    priority: undefined,
    ...line,
    cron: { pattern: rhythm.cron, timezone: undefined },
    body: Buffer.from(body, 'latin1'),
  }));
  tell(engine.schedule(jobs), done);
}

function tell<T>(answer: Promise<T>, done: Completion<unknown>): void {
  answer.then(
    (value) => done.resolve(value),
    (error: Error) => done.reject(error),
  );
}
