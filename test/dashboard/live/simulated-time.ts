interface Call {
  readonly at: number;
  /** Among those of the same time. */
  readonly order: number;
  run(): void;
}

/** Time that goes on as a test says; what is due at the same moment comes in a random order. */
export class SimulatedTime {
  readonly #random: () => number;
  readonly #calls = new Set<Call>();
  #now = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const call = { at: this.#now + Math.max(0, ms), order: this.#random(), run };
    this.#calls.add(call);
    return () => {
      this.#calls.delete(call);
    };
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#calls.delete(next);
      this.#now = next.at;
      next.run();
      // What awaits goes on.
      for (let i = 0; i < 8; i++) await undefined;
    }
    this.#now = end;
  }

  #next(): Call | undefined {
    let first: Call | undefined;
    for (const call of this.#calls) {
      if (first === undefined || call.at < first.at || (call.at === first.at && call.order < first.order))
        first = call;
    }
    return first;
  }
}
