import { basename } from 'node:path';
import { DiskError } from '../../../shared/errors.ts';
import { MessageRecord } from '../log/codec/message-record.ts';
import { MESSAGE_HEADER_SIZE } from '../log/codec/sizes.ts';
import { atOnce } from '../log/in-slices.ts';
import { LiveBytes } from '../log/live-bytes.ts';
import type { FileSystem } from '../log/local/file-system.ts';
import { readLog } from '../log/local/log-reader.ts';
import type { Damage, Purpose, Reading } from '../log/local/reading.ts';
import { SegmentFiles } from '../log/local/segment-files.ts';
import type { SegmentWindow } from '../log/local/segment-window.ts';
import type { Events, Position } from '../log/log.ts';
import { type Segment, SegmentList } from '../log/segment-list.ts';
import { row } from '../state/message-table.ts';
import { State } from '../state/state-machine.ts';
import { NamedReplay, NameReplay } from './named-replay.ts';
import { QueueNames } from './queue-names.ts';
import { slotsByPosition } from './slots-by-position.ts';

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

/** What a log says, as far as it can be read. */
interface Contents {
  readonly state: State;
  readonly live: LiveBytes;
  readonly reading: Reading;
  readonly damage: readonly Damage[];
  /** Messages whose queue is not certain. */
  readonly doubtful: number;
  /** Jobs that have lost their id to another, which may have been in another queue in truth. */
  readonly unnamed: number;
  /** How many messages are lost of which later records speak. */
  readonly missing: number;
}

const PIECE = 1 << 20;

/** There is damage, so that the log has to be read in another way. */
class GapError extends Error {}

/** A look at all of a log, whatever is damaged in it. Nothing is changed. */
export class Survey {
  readonly contents: Contents;
  readonly #files: SegmentFiles;
  /** Where positions are. */
  #segments = new SegmentList();

  /**
   * The same while a server may free segments, start or stop: all files are open in the end. The directory's segments
   * have to be pinned. `purpose` is asked anew after each attempt.
   */
  static open(fileSystem: FileSystem, directory: string, purpose: () => 'running' | 'start'): Survey {
    for (;;) {
      const asked = purpose();
      const survey = Survey.#attempt(fileSystem, directory, asked);
      // A server that has started meanwhile writes behind what was there.
      if (survey !== undefined && (survey.contents.damage.length === 0 || asked === purpose())) return survey;
      survey?.close();
    }
  }

  /** Undefined when a segment was freed before it could be opened. */
  static #attempt(fileSystem: FileSystem, directory: string, purpose: Purpose): Survey | undefined {
    try {
      return new Survey(fileSystem, directory, purpose);
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && path !== directory) return undefined;
      throw error;
    }
  }

  /** Throws DamagedError where the format is newer than this version's; else the disk's errors. */
  constructor(fileSystem: FileSystem, directory: string, purpose: Purpose) {
    this.#files = new SegmentFiles(fileSystem, directory, 0);
    this.contents = this.#readSound(purpose) ?? this.#readDamaged(purpose);
    this.contents.state.rebuild();
  }

  close(): void {
    this.#files.close();
  }

  /** When a message was enqueued, milliseconds since the epoch. */
  enqueuedAt(slot: number): number {
    const position = this.#positionOf(slot);
    const segment = this.#segmentOf(position);
    const window = this.#files.window(segment.number, segment.from);
    const start = window.locate(position - segment.from, MESSAGE_HEADER_SIZE);
    return new MessageRecord().at(window.block, start).enqueuedAt;
  }

  /** Where a message's last record is. */
  placeOf(slot: number): { file: string; offset: number } {
    const position = this.#positionOf(slot);
    const { number, from } = this.#segmentOf(position);
    return { file: basename(this.#files.path(number)), offset: position - from };
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
  *messages(): Generator<{ slot: number; record: MessageRecord } | LostMessage> {
    const { state } = this.contents;
    const record = new MessageRecord();
    let window: SegmentWindow | undefined;
    for (const slot of slotsByPosition(state)) {
      const position = this.#positionOf(slot);
      const segment = this.#segmentOf(position);
      if (window?.segment !== segment.number) window = this.#window(segment);
      const offset = position - segment.from;
      const size = state.sizeOf(slot);
      const start = window.locate(offset, size);
      record.at(window.block, start);
      if (record.headerIntact && record.bodyIntact) yield { slot, record };
      else {
        yield {
          path: window.path,
          offset,
          queue: state.queueOf(slot).name,
          id: Math.abs(state.orderOf(slot)),
          jobId: state.jobIdOf(slot) ?? '',
          size,
        };
      }
    }
  }

  #positionOf(slot: number): Position {
    return this.contents.state.table.page(slot).position[row(slot)];
  }

  #segmentOf(position: Position): Segment {
    return this.#segments.at(position) as Segment;
  }

  #window({ number, from }: Segment): SegmentWindow {
    const window = this.#files.window(number, from);
    const { signature } = this.contents.reading;
    if (signature !== undefined) window.sign(signature);
    return window;
  }

  /** As a start reads it; undefined where there is damage. */
  #readSound(purpose: Purpose): Contents | undefined {
    const live = new LiveBytes();
    const state = new State(live);
    const stop = () => {
      throw new GapError();
    };
    try {
      const reading = this.#read(state, purpose, live, stop);
      state.freeDiscarded();
      return { state, live, reading, damage: [], doubtful: 0, unnamed: 0, missing: 0 };
    } catch (error) {
      if (error instanceof GapError) return undefined;
      throw error;
    }
  }

  #readDamaged(purpose: Purpose): Contents {
    const names = new QueueNames();
    const gap = () => names.gap();
    this.#read(new NameReplay(names), purpose, new LiveBytes(), gap, gap);
    names.restart();
    const live = new LiveBytes();
    const state = new State(live);
    const replay = new NamedReplay(names, state);
    const damage: Damage[] = [];
    const onDamage = (place: Damage) => {
      replay.gap(place.position);
      damage.push(place);
    };
    const reading = this.#read(replay, purpose, live, onDamage, (end) => replay.gap(end));
    const { doubtful, unnamed, missing } = replay;
    return { state, live, reading, damage, doubtful, unnamed, missing: missing.size };
  }

  #read(
    into: Events,
    purpose: Purpose,
    live: LiveBytes,
    onDamage: (damage: Damage) => void,
    onCut?: (end: Position) => void,
  ): Reading {
    this.#segments = new SegmentList();
    const onSegment = (number: number, from: Position) => {
      this.#segments.add(number, from);
      live.begin(from);
    };
    return atOnce(readLog(this.#files, into, { purpose, onDamage, onSegment, onCut }));
  }
}
