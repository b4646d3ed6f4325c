import type { Journal } from './journal/journal.ts';
import { at, NONE } from './message-table.ts';
import type { Recorder } from './recorder.ts';
import type { State } from './state.ts';
import { turn } from './turn.ts';

/** Bytes of survivors that are moved in one turn of the event loop. */
const MOVED_PER_TURN = 256 * 1024;
/** How long after a failure the next attempt may come. */
const RETRY_MS = 1000;
/** Slots that are looked at in one turn. */
const SLOTS_PER_TURN = 100_000;

/**
 * Gives disk space back. Only the oldest segment can be freed: everything later may speak of what is in it. What
 * still lives there is appended again, once the files take more than twice what lives, and two segments.
 */
export class Cleaner {
  readonly #journal: Journal;
  readonly #state: State;
  readonly #recorder: Recorder;
  #run: Promise<void> | undefined;
  #stopped = false;
  /** When to try again after a failure, performance.now(): looking for survivors is not cheap. */
  #notBefore = 0;
  /** Bytes of survivors written again since the start. */
  movedBytes = 0;
  freedSegments = 0;

  constructor(journal: Journal, state: State, recorder: Recorder) {
    this.#journal = journal;
    this.#state = state;
    this.#recorder = recorder;
  }

  /** Starts to clean where that is due. What hinders it is for others to report: a full disk, a damaged record. */
  check(): void {
    if (this.#run !== undefined || !this.#isDue() || performance.now() < this.#notBefore) return;
    this.#run = turn()
      .then(() => this.#clean())
      .catch(() => {
        this.#notBefore = performance.now() + RETRY_MS;
      })
      .finally(() => {
        this.#run = undefined;
      });
  }

  /** Ends cleaning for good; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }

  #isDue(): boolean {
    const { segments, live, bytes, segmentSize } = this.#journal;
    if (this.#stopped || segments.length < 2) return false;
    const oldest = live.of(segments[0] as number);
    return oldest === 0 || bytes > 2 * live.total + 2 * segmentSize;
  }

  async #clean(): Promise<void> {
    while (this.#isDue()) {
      const { segments, live } = this.#journal;
      const oldest = segments[0] as number;
      if (live.of(oldest) > 0) await this.#moveSurvivors(oldest);
      if (live.of(oldest) > 0) return;
      // What was moved or ended must be on the disk before the old records go.
      await this.#journal.committer.flush();
      this.#journal.freeOldest();
      this.freedSegments++;
    }
  }

  async #moveSurvivors(segment: number): Promise<void> {
    const { table } = this.#state;
    let moved = 0;
    for (const slot of await this.#survivors(segment)) {
      if (this.#stopped) return;
      if (!this.#lives(slot, segment)) continue;
      const size = table.page(slot).size[at(slot)] as number;
      let record = this.#recorder.find(slot);
      if (record === undefined || !this.#journal.hasRoom(size)) {
        record = await this.#recorder.load(slot);
        await this.#journal.room(size);
        if (!this.#lives(slot, segment)) continue;
      }
      this.#recorder.move(slot, record);
      this.movedBytes += size;
      moved += size;
      if (moved >= MOVED_PER_TURN) {
        moved = 0;
        await turn();
      }
    }
  }

  /** Slots whose record is in a segment, in the order of the segment. It only ever loses some. */
  async #survivors(segment: number): Promise<Uint32Array> {
    const { table } = this.#state;
    const slots: number[] = [];
    let looked = 0;
    for (const slot of table.slots()) {
      if (table.page(slot).segment[at(slot)] === segment) slots.push(slot);
      if (++looked % SLOTS_PER_TURN === 0) await turn();
    }
    const offset = (slot: number) =>
      this.#lives(slot, segment) ? (table.page(slot).offset[at(slot)] as number) : NONE;
    return Uint32Array.from(slots).sort((a, b) => offset(a) - offset(b));
  }

  #lives(slot: number, segment: number): boolean {
    const { table } = this.#state;
    return table.has(slot) && table.page(slot).segment[at(slot)] === segment;
  }
}
