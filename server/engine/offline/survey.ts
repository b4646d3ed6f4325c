import { DiskError } from '../../../shared/errors.ts';
import { MESSAGE_HEADER_SIZE, MessageReader } from '../log/codec/message-record.ts';
import type { FileSystem } from '../log/local/file-system.ts';
import { LiveBytes } from '../log/local/live-bytes.ts';
import type { Replay } from '../log/local/recovery.ts';
import { SegmentFiles } from '../log/local/segment-files.ts';
import type { SegmentWindow } from '../log/local/segment-window.ts';
import { at } from '../state/message-table.ts';
import { State } from '../state/state-machine.ts';
import { NamedReplay, NameReplay } from './named-replay.ts';
import { QueueNames } from './queue-names.ts';
import { type Damage, type Ending, type Reading, readAll } from './reading.ts';

/** A message that is not what was written. */
export interface LostMessage {
  readonly path: string;
  readonly offset: number;
  /** Latin1, a character a byte. */
  readonly queue: string;
  readonly id: number;
  /** '' for none. */
  readonly jobId: string;
  /** Bytes of its record. */
  readonly size: number;
}

/** What a journal says, as far as it can be read. */
interface Contents {
  readonly state: State;
  readonly live: LiveBytes;
  readonly reading: Reading;
  readonly damage: readonly Damage[];
  /** Messages whose queue is not certain. */
  readonly doubtful: number;
  /** Jobs that have lost their id to another, which may have been in another queue in truth. */
  readonly unnamed: number;
}

const PIECE = 1 << 20;

/** There is damage, so that the journal has to be read in another way. */
class GapError extends Error {}

/** A look at all of a journal, whatever is damaged in it. Nothing is changed. */
export class Survey {
  readonly contents: Contents;
  readonly #files: SegmentFiles;

  /**
   * The same while a server may free segments, start or stop: all files are open in the end. The directory's segments
   * have to be pinned. `ending` is asked anew after each attempt.
   */
  static open(fileSystem: FileSystem, directory: string, ending: () => 'running' | 'start'): Survey {
    for (;;) {
      const asked = ending();
      const survey = Survey.#attempt(fileSystem, directory, asked);
      // A server that has started meanwhile writes behind what was there.
      if (survey !== undefined && (survey.contents.damage.length === 0 || asked === ending())) return survey;
      survey?.close();
    }
  }

  /** Undefined when a segment was freed before it could be opened. */
  static #attempt(fileSystem: FileSystem, directory: string, ending: Ending): Survey | undefined {
    try {
      return new Survey(fileSystem, directory, ending);
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && path !== directory) return undefined;
      throw error;
    }
  }

  /** Throws DamagedError where the format is newer than this version's; else the disk's errors. */
  constructor(fileSystem: FileSystem, directory: string, ending: Ending) {
    this.#files = new SegmentFiles(fileSystem, directory, 0);
    this.contents = this.#readSound(ending) ?? this.#readDamaged(ending);
    this.contents.state.rebuild();
  }

  close(): void {
    this.#files.close();
  }

  /** When a message was enqueued, milliseconds since the epoch. */
  enqueuedAt(slot: number): number {
    const page = this.contents.state.table.page(slot);
    const window = this.#files.window(page.segment[at(slot)] as number);
    const start = window.locate(page.offset[at(slot)] as number, MESSAGE_HEADER_SIZE);
    return new MessageReader().at(window.block, start).enqueuedAt;
  }

  /** The bytes of a segment up to `end`, in pieces, each valid until the next one. */
  *bytesOf(segment: number, end: number): Generator<Buffer> {
    const file = this.#files.open(segment);
    const piece = Buffer.allocUnsafe(PIECE);
    for (let at = 0; at < end; ) {
      const length = file.read(piece.subarray(0, Math.min(PIECE, end - at)), at);
      if (length === 0) throw new DiskError(`${this.#files.path(segment)} has become shorter`);
      yield piece.subarray(0, length);
      at += length;
    }
  }

  /** The records of all that lives, in their order, each valid until the next one; or what was lost instead. */
  *messages(): Generator<{ slot: number; record: MessageReader } | LostMessage> {
    const { table } = this.contents.state;
    const reader = new MessageReader();
    let window: SegmentWindow | undefined;
    for (const slot of this.#slots()) {
      const page = table.page(slot);
      const segment = page.segment[at(slot)] as number;
      const offset = page.offset[at(slot)] as number;
      if (window?.segment !== segment) window = this.#window(segment);
      const start = window.locate(offset, page.size[at(slot)] as number);
      reader.at(window.block, start);
      if (reader.headerIntact && reader.bodyIntact) yield { slot, record: reader };
      else {
        yield {
          path: window.path,
          offset,
          queue: this.contents.state.queueOf(slot).name,
          id: Math.abs(page.sequence[at(slot)] as number),
          jobId: page.jobId(at(slot)) ?? '',
          size: page.size[at(slot)] as number,
        };
      }
    }
  }

  /** Slots of all that lives, in the order of their records. */
  #slots(): Uint32Array {
    const { table } = this.contents.state;
    return Uint32Array.from(table.slots()).sort((a, b) => {
      const [pageA, pageB] = [table.page(a), table.page(b)];
      const bySegment = (pageA.segment[at(a)] as number) - (pageB.segment[at(b)] as number);
      return bySegment === 0 ? (pageA.offset[at(a)] as number) - (pageB.offset[at(b)] as number) : bySegment;
    });
  }

  #window(segment: number): SegmentWindow {
    const window = this.#files.window(segment);
    const { signature } = this.contents.reading;
    if (signature !== undefined) window.sign(signature);
    return window;
  }

  /** As a start reads it; undefined where there is damage. */
  #readSound(ending: Ending): Contents | undefined {
    const live = new LiveBytes();
    const state = new State(live);
    const stop = () => {
      throw new GapError();
    };
    try {
      const reading = this.#read(state, ending, stop);
      return { state, live, reading, damage: [], doubtful: 0, unnamed: 0 };
    } catch (error) {
      if (error instanceof GapError) return undefined;
      throw error;
    }
  }

  #readDamaged(ending: Ending): Contents {
    const names = new QueueNames();
    this.#read(new NameReplay(names), ending, () => names.gap());
    names.restart();
    const live = new LiveBytes();
    const state = new State(live);
    const replay = new NamedReplay(names, state);
    const damage: Damage[] = [];
    const reading = this.#read(replay, ending, (place) => {
      replay.gap(place.segment, place.offset);
      damage.push(place);
    });
    const { doubtful, unnamed } = replay;
    return { state, live, reading, damage, doubtful, unnamed };
  }

  #read(replay: Replay, ending: Ending, onDamage: (damage: Damage) => void): Reading {
    return readAll(this.#files, replay, onDamage, ending);
  }
}
