/** What is counted. */
const NOTHING = {
  totalConnections: 0,
  rejectedConnections: 0,
  /** Times that a connection had sent more than may be run in one turn. */
  yields: 0,
  idleKicks: 0,
  /** Bytes of connections that have ended. */
  endedBytesRead: 0,
  endedBytesWritten: 0,
  getCommands: 0,
  setCommands: 0,
  touchCommands: 0,
  flushCommands: 0,
  metaCommands: 0,
  getHits: 0,
  getMisses: 0,
  deleteHits: 0,
  deleteMisses: 0,
  touchHits: 0,
  touchMisses: 0,
  casMisses: 0,
  incrMisses: 0,
  decrMisses: 0,
  authCommands: 0,
  authErrors: 0,
  /** Stores that were refused: of a message that is too large, and of one for which there was no space. */
  tooLarge: 0,
  noSpace: 0,
};

export type Counter = keyof typeof NOTHING;
export type Counters = Record<Counter, number>;

/** What the whole server has done since it started or since `stats reset`. */
export class ServerStats {
  readonly startedAt = Date.now();
  /** To be read when a request is run: it counts in these, also when its answer comes later. */
  counters: Counters = { ...NOTHING };

  /** Those of before the last `stats reset`, in which something may still be counted, and all before these. */
  #last: Counters = { ...NOTHING };
  #earlier: Counters = { ...NOTHING };

  /** What is under way counts in the old ones to its end: it was asked for before. */
  reset(): void {
    for (const name of Object.keys(NOTHING) as Counter[]) this.#earlier[name] += this.#last[name];
    this.#last = this.counters;
    this.counters = { ...NOTHING };
  }

  /** Commands by name since the server started, whatever was reset. */
  get commands(): Record<string, number> {
    const total = (...names: Counter[]): number =>
      names.reduce((sum, name) => sum + this.#earlier[name] + this.#last[name] + this.counters[name], 0);
    return {
      get: total('getCommands'),
      set: total('setCommands'),
      touch: total('touchCommands'),
      delete: total('deleteHits', 'deleteMisses'),
      flush: total('flushCommands'),
      meta: total('metaCommands'),
      incr: total('incrMisses'),
      decr: total('decrMisses'),
      cas: total('casMisses'),
      auth: total('authCommands'),
    };
  }
}
