import type { Recorder } from '../ledger.ts';
import type { MessageReader } from '../log/codec/message-record.ts';
import type { Journal } from '../log/local/local-log.ts';
import type { Losses } from '../operations/corrupt.ts';
import { at } from '../state/message-table.ts';
import type { State } from '../state/state-machine.ts';
import { turn } from '../turn.ts';

/** Bytes of survivors that are moved in one turn of the event loop. */
const MOVED_PER_TURN = 256 * 1024;
/** Slots that are looked at in one turn. */
const SEARCHED_PER_TURN = 100_000;
/** How long after a failure the next attempt may come. */
const RETRY_MS = 1000;

/**
 * Gives disk space back. Only the oldest segment can be freed: everything later may speak of what is in it. What
 * still lives there is appended again, once the files take more than twice what lives, and two segments; or once a
 * full disk leaves no other room.
 */
export class Cleaner {
  readonly #journal: Journal;
  readonly #state: State;
  readonly #recorder: Recorder;
  readonly #losses: Losses;
  #run: Promise<void> | undefined;
  #stopped = false;
  /** When to try again after a failure, performance.now(): looking for survivors is not cheap. */
  #notBefore = 0;
  /** Bytes of survivors written again since the start. */
  movedBytes = 0;
  freedSegments = 0;

  constructor(journal: Journal, state: State, recorder: Recorder, losses: Losses) {
    this.#journal = journal;
    this.#state = state;
    this.#recorder = recorder;
    this.#losses = losses;
  }

  /** Starts to clean where that is due. What hinders it is for others to report: a full disk, a damaged record. */
  check(): void {
    if (this.#stopped) return;
    this.#journal.tend();
    const isDue = this.#isDue() || this.#journal.hasIdleSpare;
    if (this.#run !== undefined || !isDue) return;
    // On a full disk that is seen to by the garbage that there has to be.
    if (performance.now() < this.#notBefore && !this.#journal.needsCleaning) return;
    this.#run = turn()
      .then(() => this.#clean())
      .catch(() => {
        this.#notBefore = performance.now() + RETRY_MS;
        this.#journal.cleanedInVain();
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
    const { segments, live } = this.#journal;
    if (this.#stopped || segments.length < 2) return false;
    const oldest = live.of(segments[0] as number);
    return oldest === 0 || this.#journal.isWasteful || this.#journal.needsCleaning;
  }

  async #clean(): Promise<void> {
    const { segments, live } = this.#journal;
    const last = segments.at(-1) as number;
    while (this.#isDue()) {
      const oldest = segments[0] as number;
      // All that was there has moved already: to go on would be to move it for ever.
      if (oldest > last && live.of(oldest) > 0) throw new Error('no room is gained by cleaning');
      if (live.of(oldest) > 0) await this.#moveSurvivors(oldest);
      if (live.of(oldest) > 0) await this.#setAsideRest(oldest);
      if (live.of(oldest) > 0) return;
      // What was moved or ended must be on the disk before the old records go.
      await this.#journal.committer.flush();
      this.#journal.freeOldest();
      this.freedSegments++;
      await this.#journal.settled();
    }
    this.#journal.dropIdleSpares();
  }

  async #moveSurvivors(segment: number): Promise<void> {
    let moved = 0;
    const isLast = (record: MessageReader, offset: number) => this.#lives(record.slot, segment, offset);
    for await (const record of this.#journal.survivorsOf(segment, isLast)) {
      if (this.#stopped) return;
      const { slot, size } = record;
      const offset = record.block.start + record.start;
      if (!this.#journal.hasRoomToMove(size)) await this.#journal.roomToMove(size);
      // It may have ended while its body was read.
      if (!this.#lives(slot, segment, offset)) continue;
      this.#recorder.move(slot, record);
      this.movedBytes += size;
      moved += size;
      if (moved < MOVED_PER_TURN) continue;
      moved = 0;
      await turn();
    }
  }

  /** What is still there although all that can be read was moved is damaged. */
  async #setAsideRest(segment: number): Promise<void> {
    const { table } = this.#state;
    let count = 0;
    for (const slot of table.slots()) {
      if (++count % SEARCHED_PER_TURN === 0) await turn();
      if (this.#stopped) return;
      if (!table.has(slot) || table.page(slot).segment[at(slot)] !== segment) continue;
      const sequence = table.page(slot).sequence[at(slot)] as number;
      const record = await this.#recorder.load(slot).catch((problem: Error) => problem);
      if (record instanceof Error) {
        if (!this.#losses.settle(slot, sequence, record)) throw record;
      } else {
        // Memory still has it.
        await this.#journal.roomToMove(record.size);
        if (this.#lives(slot, segment, record.block.start + record.start)) this.#recorder.move(slot, record);
      }
    }
  }

  /** Whether the message in that slot has its last record there. */
  #lives(slot: number, segment: number, offset: number): boolean {
    const { table } = this.#state;
    if (!table.has(slot)) return false;
    const page = table.page(slot);
    return page.segment[at(slot)] === segment && page.offset[at(slot)] === offset;
  }
}
