import type { Completion, Delivery, JobStatus, QueueStats } from '../../server/engine/api.ts';
import type { Found, Subject } from './census.ts';
import { describeCounts, describeMessage, describeStatus } from './descriptions.ts';
import { ask } from './engine-side.ts';
import { type Machine, Violation } from './machine.ts';
import type { Operation } from './operation.ts';

/** Long before this all that is delayed or held has come back, milliseconds. */
const LONGEST_MS = 24 * 3600 * 1000;

/** The census of an engine, whose clock it sets forward. */
export class EngineSubject implements Subject {
  readonly #machine: Machine;
  readonly #queues: readonly string[];
  readonly #isCoarse: boolean;
  readonly #since: number;

  /** `queues`: all that there can be. */
  constructor(machine: Machine, queues: readonly string[], isCoarse: boolean) {
    this.#machine = machine;
    this.#queues = queues;
    this.#isCoarse = isCoarse;
    this.#since = machine.loop.now;
  }

  get now(): number {
    return this.#machine.loop.now;
  }

  async peek(queue: string): Promise<void> {
    if (this.#stats(queue).ready === 0) return;
    await this.#ask({ type: 'peek', queue, failed: false, jobId: '' });
    // What has expired may have to be read from the disk first.
    await this.#machine.rest();
  }

  async status(queue: string, jobId: string): Promise<Found | undefined> {
    const status = await this.#status(queue, jobId);
    if (status === undefined) return undefined;
    return describeStatus(queue, { ...status, result: status.result.toString('latin1') }, this.#isCoarse);
  }

  counts(queue: string): string {
    return describeCounts(this.#machine.statsOf(queue));
  }

  reserved(queue: string): number {
    return this.#stats(queue).reserved;
  }

  async resume(queue: string): Promise<void> {
    if (this.#stats(queue).paused) await this.#ask({ type: 'resume', queue });
  }

  async endRepeating(queue: string, jobId: string): Promise<void> {
    const status = await this.#status(queue, jobId);
    if (status === undefined) return;
    if (status.cron !== '') await this.#ask({ type: 'schedule', lines: [] });
    else if (status.everyMs > 0) await this.#ask({ type: 'cancel', queue, jobId });
  }

  async takeAll(queue: string): Promise<Found[]> {
    const { ready, failed } = this.#stats(queue);
    const read = {
      type: 'read',
      queues: [queue],
      mode: 'take',
      leaseMs: 0,
      holder: 'reader',
      waitMs: 0,
    } as const;
    const found: Found[] = [];
    // One after the other: what is read from the disk holds its group, and what has failed goes to the first of those for whom it is.
    for (let count = 0; count < ready; count++) found.push(...(await this.#take(read, 1)));
    for (let count = 0; count < failed; count++) {
      found.push(...(await this.#take({ type: 'takeFailed', queue, jobId: '' }, 1)));
    }
    return found;
  }

  async later(until: number): Promise<boolean> {
    const { loop } = this.#machine;
    const isOver = this.#queues.every((queue) => {
      const { delayed, reserved } = this.#stats(queue);
      return delayed + reserved === 0;
    });
    if (isOver || loop.now >= until) return false;
    const next = Math.min(loop.nextTimer, until);
    // The engine looks at its queues for ever.
    if (next > this.#since + LONGEST_MS) throw new Violation('what is delayed or held never comes');
    loop.clock.now = next;
    await this.#machine.rest();
    return true;
  }

  #status(queue: string, jobId: string): Promise<JobStatus | undefined> {
    return this.#answered((done) => this.#machine.engine.status(queue, jobId, done));
  }

  async #take(operation: Operation, count: number): Promise<Found[]> {
    const { engine } = this.#machine;
    const answers = Array.from({ length: count }, () =>
      begin<Delivery | undefined>((done) => ask(engine, operation, done)),
    );
    if (count > 0) await this.#machine.rest();
    return answers.map(outcomeOf).flatMap((delivery) => {
      if (delivery === undefined) return [];
      const body = delivery.body.toString('latin1', delivery.start, delivery.end);
      return [describeMessage(delivery.queue, { ...delivery, body }, this.now, this.#isCoarse)];
    });
  }

  #ask<T>(operation: Operation): Promise<T> {
    return this.#answered((done) => ask(this.#machine.engine, operation, done));
  }

  async #answered<T>(operation: (done: Completion<T>) => void): Promise<T> {
    const answer = begin(operation);
    if (!answer.isThere) await this.#machine.rest();
    return outcomeOf(answer);
  }

  #stats(queue: string): QueueStats | typeof NOTHING {
    return this.#machine.statsOf(queue) ?? NOTHING;
  }
}

const NOTHING = { ready: 0, delayed: 0, reserved: 0, failed: 0, paused: false };

interface Answer<T> {
  isThere: boolean;
  value?: T;
  error?: Error;
}

function begin<T>(operation: (done: Completion<T>) => void): Answer<T> {
  const answer: Answer<T> = { isThere: false };
  operation({
    resolve: (value) => Object.assign(answer, { isThere: true, value }),
    reject: (error) => Object.assign(answer, { isThere: true, error }),
  });
  return answer;
}

function outcomeOf<T>({ isThere, value, error }: Answer<T>): T {
  if (!isThere) throw new Violation('a census gets no answer');
  if (error !== undefined) throw new Violation(`a census is refused: ${error.message}`);
  return value as T;
}
