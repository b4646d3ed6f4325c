export interface KeptAnswer {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array<ArrayBuffer>;
}

interface Entry {
  /** Of the request. */
  readonly print: string;
  /** Undefined while it is in work. */
  readonly answer: KeptAnswer | undefined;
  readonly bytes: number;
  readonly until: number;
}

/** What an entry takes besides its texts, about. */
const ENTRY_BYTES = 500;

export interface Bounds {
  readonly ms: number;
  readonly count: number;
  readonly bytes: number;
}

const BOUNDS: Bounds = { ms: 60 * 60 * 1000, count: 100_000, bytes: 16 * 1024 * 1024 };

/** Answers by the names of their requests, for an hour; the oldest go first where there are too many. */
export class KeptAnswers {
  readonly #bounds: Bounds;
  readonly #now: () => number;
  /** Those that are over, the oldest first. */
  readonly #ended = new Map<string, Entry>();
  readonly #inWork = new Map<string, Entry>();
  #bytes = 0;

  constructor(bounds: Bounds = BOUNDS, now = () => performance.now()) {
    this.#bounds = bounds;
    this.#now = now;
  }

  get(name: string): Entry | undefined {
    this.#forget();
    return this.#inWork.get(name) ?? this.#ended.get(name);
  }

  begin(name: string, print: string): void {
    this.#inWork.set(name, { print, answer: undefined, bytes: 0, until: 0 });
  }

  finish(name: string, answer: KeptAnswer): void {
    const print = this.#inWork.get(name)?.print ?? '';
    const bytes = ENTRY_BYTES + name.length + answer.body.length;
    this.#ended.set(name, { print, answer, bytes, until: this.#now() + this.#bounds.ms });
    this.#bytes += bytes;
    this.#forget();
  }

  /** It is not in work any more. */
  giveUp(name: string): void {
    this.#inWork.delete(name);
  }

  #forget(): void {
    for (const [name, { bytes, until }] of this.#ended) {
      const isTooMuch = this.#ended.size > this.#bounds.count || this.#bytes > this.#bounds.bytes;
      if (until > this.#now() && !isTooMuch) return;
      this.#ended.delete(name);
      this.#bytes -= bytes;
    }
  }
}
