import type { Journal } from './journal/journal.ts';
import { at, NONE } from './message-table.ts';
import type { Recorder } from './recorder.ts';
import type { State } from './state.ts';

/** Bytes of survivors that are moved in one turn of the event loop. */
const MOVED_PER_TURN = 256 * 1024;
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
  #running = false;
  /** Bytes of survivors written again since the start. */
  movedBytes = 0;
  freedSegments = 0;

  constructor(journal: Journal, state: State, recorder: Recorder) {
    this.#journal = journal;
    this.#state = state;
    this.#recorder = recorder;
  }

  /** Starts to clean where that is due. A failure to is the committer's to report. */
  check(): void {
    if (this.#running || !this.#isDue()) return;
    this.#running = true;
    this.#run()
      .catch(() => {})
      .finally(() => {
        this.#running = false;
      });
  }

  #isDue(): boolean {
    const { segments, live, bytes, segmentSize } = this.#journal;
    if (segments.length < 2) return false;
    const oldest = live.of(segments[0] as number);
    return oldest === 0 || bytes > 2 * live.total + 2 * segmentSize;
  }

  async #run(): Promise<void> {
    while (this.#isDue()) {
      const { segments, live } = this.#journal;
      const oldest = segments[0] as number;
      if (live.of(oldest) > 0) await this.#moveSurvivors(oldest);
      // What was moved or ended must be on the disk before the old records go.
      await this.#journal.committer.flush();
      if (live.of(oldest) > 0) return;
      this.#journal.freeOldest();
      this.freedSegments++;
    }
  }

  async #moveSurvivors(segment: number): Promise<void> {
    const { table } = this.#state;
    let moved = 0;
    for (const slot of await this.#survivors(segment)) {
      while (this.#lives(slot, segment) && !this.#journal.hasRoom(table.page(slot).size[at(slot)] as number)) {
        if (this.#journal.roomProblem !== undefined) return;
        await turn();
      }
      if (!this.#lives(slot, segment)) continue;
      const size = table.page(slot).size[at(slot)] as number;
      await new Promise<void>((resolve, reject) => {
        this.#recorder.withRecord(
          slot,
          (record) => {
            if (this.#lives(slot, segment)) this.#recorder.move(slot, record);
            resolve();
          },
          reject,
        );
      });
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
    const offset = (slot: number) => (this.#lives(slot, segment) ? (table.page(slot).offset[at(slot)] as number) : NONE);
    return Uint32Array.from(slots).sort((a, b) => offset(a) - offset(b));
  }

  #lives(slot: number, segment: number): boolean {
    const { table } = this.#state;
    return table.has(slot) && table.page(slot).segment[at(slot)] === segment;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
