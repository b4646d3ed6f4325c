import { keptCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import type { Log, Position, Range } from '../log/log.ts';
import type { Corrupt } from '../operations/corrupt.ts';
import type { MessageRecord } from '../records.ts';
import { row } from '../state/message-table.ts';
import { turn } from '../turn.ts';

/** Bytes of survivors that are moved in one turn of the event loop. */
const MOVED_PER_TURN = 256 * 1024;
/** Slots that are looked at in one turn. */
const SEARCHED_PER_TURN = 100_000;
/** How long after a failure the next attempt may come. */
const RETRY_MS = 1000;

/**
 * Gives space back. Only the oldest segment can be freed: everything later may speak of what is in it. What still lives
 * there is appended again, once the log says that this is due.
 */
export class Compactor {
  readonly #base: Foundation;
  readonly #log: Log;
  readonly #corrupt: Corrupt;
  #run: Promise<void> | undefined;
  #stopped = false;
  /** What is left in the oldest segment is discarded. */
  #waitsForSweep = false;
  /** When to try again after a failure, performance.now(): looking for survivors is not cheap. */
  #notBefore = 0;
  /** Bytes of survivors written again since the start. */
  movedBytes = 0;
  freedSegments = 0;

  constructor(base: Foundation, log: Log, corrupt: Corrupt) {
    this.#base = base;
    this.#log = log;
    this.#corrupt = corrupt;
  }

  /** Starts to compact where that is due. What hinders it is for others to report: a full disk, a damaged record. */
  check(): void {
    if (this.#stopped || this.#run !== undefined) return;
    const { compaction } = this.#log;
    if (compaction === 'idle' || this.#waitsForSweep) return;
    // On a full disk that is seen to by the garbage that there has to be.
    if (performance.now() < this.#notBefore && compaction !== 'urgent') return;
    this.#run = turn()
      .then(() => this.#compact())
      .catch(() => {
        this.#notBefore = performance.now() + RETRY_MS;
        this.#log.compactedInVain();
      })
      .finally(() => {
        this.#run = undefined;
      });
  }

  /** A round of the sweep is over, which may have freed what was in the way. */
  roundDone(): void {
    this.#waitsForSweep = false;
    this.check();
  }

  /** Ends compaction for good; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }

  async #compact(): Promise<void> {
    const { live, end } = this.#log;
    while (!this.#stopped && this.#log.compaction !== 'idle') {
      const oldest = this.#log.oldest();
      // All that was there has moved already: to go on would be to move it for ever.
      if (oldest.from >= end && live.of(oldest) > 0) throw new Error('no space is gained by compaction');
      if (live.of(oldest) > 0) await this.#moveSurvivors(oldest);
      // What is discarded holds its segment until the sweep has come to it.
      this.#waitsForSweep = live.of(oldest) > 0 && this.#base.state.sweep.isUnderWay;
      if (this.#waitsForSweep) return;
      if (live.of(oldest) > 0) await this.#moveRest(oldest);
      if (live.of(oldest) > 0) return;
      await this.#log.freeOldest();
      this.freedSegments++;
    }
  }

  async #moveSurvivors(range: Range): Promise<void> {
    const { state, ledger, admission } = this.#base;
    let moved = 0;
    const isLive = ({ slot }: MessageRecord, position: Position) => this.#lives(slot, position);
    for await (const record of this.#log.survivors(range, isLive)) {
      if (this.#stopped) return;
      const { slot, size, position } = record;
      // While it waits for space somebody else may die of it.
      const cost = () => keptCost(size, state.silentBytes(slot));
      while (!admission.admitsCompaction(cost())) await admission.space(cost(), 'compaction');
      // It may have ended while its body was read.
      if (!this.#lives(slot, position)) continue;
      ledger.keep(slot, record);
      this.movedBytes += size;
      moved += size;
      if (moved < MOVED_PER_TURN) continue;
      moved = 0;
      await turn();
    }
  }

  /** What is still there although all that can be read was moved is damaged, or only memory has it. */
  async #moveRest({ from, to }: Range): Promise<void> {
    const { state, ledger, records, admission } = this.#base;
    let count = 0;
    for (const slot of state.table.slots()) {
      if (++count % SEARCHED_PER_TURN === 0) await turn();
      if (this.#stopped) return;
      if (!state.table.has(slot) || state.isDiscarded(slot)) continue;
      const position = this.#positionOf(slot);
      if (position < from || position >= to) continue;
      const order = state.orderOf(slot);
      const record = await records.load(slot).catch((problem: Error) => problem);
      if (record instanceof Error) {
        await this.#corrupt.settled(slot, order, record);
      } else {
        await admission.space(keptCost(record.size, state.silentBytes(slot)), 'compaction');
        if (this.#lives(slot, record.position)) ledger.keep(slot, record);
      }
    }
  }

  /** Whether the message in that slot has its last record there. */
  #lives(slot: number, position: Position): boolean {
    const { state } = this.#base;
    return state.table.has(slot) && this.#positionOf(slot) === position && !state.isDiscarded(slot);
  }

  #positionOf(slot: number): Position {
    return this.#base.state.table.page(slot).position[row(slot)];
  }
}
