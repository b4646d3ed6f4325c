import type { Status } from '../protocol/reply.ts';
import type { Request } from '../protocol/request.ts';
import { isYes, StatusExchange } from '../session/pipeline.ts';
import type { Context } from './context.ts';
import type { Counter, Counters } from './server-stats.ts';

/** An exchange that ends in a status, and is counted as a hit or as a miss. */
export class CountedExchange extends StatusExchange {
  readonly #counters: Counters;
  readonly #hits: Counter;
  readonly #misses: Counter;

  constructor(context: Context, request: Request, yes: Status, hits: Counter, misses: Counter) {
    super(context.pipeline, request, yes, 'not_found');
    this.#counters = context.counters;
    this.#hits = hits;
    this.#misses = misses;
  }

  override resolve(value: unknown): void {
    this.#counters[isYes(value) ? this.#hits : this.#misses]++;
    super.resolve(value);
  }
}
