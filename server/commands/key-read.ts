import type { Key } from '../protocol/key.ts';
import { Problem } from '../protocol/problem.ts';
import { concat, type Value } from '../protocol/reply.ts';
import type { Request } from '../protocol/request.ts';
import { READ_WEIGHT } from '../session/limits.ts';
import { Exchange } from '../session/pipeline.ts';
import type { Context } from './context.ts';
import type { Counters } from './server-stats.ts';

/** One key of a read, and its part of the reply. */
export class KeyRead extends Exchange {
  protected readonly context: Context;
  protected readonly key: Key;
  /** The end of the whole reply follows. */
  readonly #isLast: boolean;
  readonly #counters: Counters;

  constructor(context: Context, request: Request, key: Key, isLast: boolean) {
    super(context.pipeline, request);
    this.context = context;
    this.key = key;
    this.#isLast = isLast;
    this.#counters = context.counters;
  }

  override get weight(): number {
    return READ_WEIGHT;
  }

  /** In the middle of a reply to many keys nobody would understand what follows. */
  override refuse(problem: Problem): void {
    const isAmidst = this.request.keys !== undefined;
    super.refuse(isAmidst ? new Problem(problem.kind, problem.text, true) : problem);
  }

  /** As memcached counts: what is leased is touched, too. */
  protected count(isHit: boolean): void {
    const counters = this.#counters;
    const { verb } = this.request;
    counters[isHit ? 'getHits' : 'getMisses']++;
    if (verb === 'gat' || verb === 'gats') counters[isHit ? 'touchHits' : 'touchMisses']++;
  }

  /** `value`: what was found. */
  protected answerWith(value: Value | undefined): void {
    const { encoder } = this.pipeline;
    const { request, key } = this;
    const found = value === undefined ? encoder.miss(request, key) : encoder.value(request, key, value);
    this.answer(this.#isLast ? concat(found, encoder.end(request)) : found);
  }
}
