import { Recorder } from '../ledger.ts';
import type { FileSystem } from '../log/local/file-system.ts';
import { Journal } from '../log/local/local-log.ts';
import { at, MessageState } from '../state/message-table.ts';
import type { State } from '../state/state-machine.ts';
import { turn } from '../turn.ts';
import type { Damage } from './reading.ts';
import { type LostMessage, Survey } from './survey.ts';

/** Bytes of messages that are written in one turn. */
const SAVED_PER_TURN = 1024 * 1024;
const CACHE_SIZE = 4 * SAVED_PER_TURN;

export interface Saved {
  messages: number;
  /** In the journal. */
  bytes: number;
}

export interface SalvageReport {
  /** By the queues' names. */
  readonly queues: ReadonlyMap<string, Saved>;
  readonly damage: readonly Damage[];
  readonly lost: readonly LostMessage[];
  /** How many of those that were saved may have been taken or done with all the same, where damage is now. */
  readonly returning: number;
  /** How many of them may be in another queue than they were, since what tells its name is lost. */
  readonly doubtful: number;
  /** Jobs that have lost their id, because another one of their queue has it. */
  readonly unnamed: number;
}

/** Where to, and how. */
export interface SalvageTarget {
  readonly disk: FileSystem;
  /** Empty, or yet to be made. */
  readonly directory: string;
  readonly segmentSize: number;
}

/**
 * Writes all that can be read of a data directory to another one, from which a server starts as from any. The first is
 * not changed. Rejects with DiskError, and with DamagedError where the format is newer.
 */
export async function salvage(
  source: FileSystem,
  directory: string,
  target: SalvageTarget,
): Promise<SalvageReport> {
  const survey = new Survey(source, directory, 'all');
  try {
    const { state, reading, damage, doubtful } = survey.contents;
    state.nextId = reading.nextId;
    const returning = countReturning(survey);
    const unnamed = survey.contents.unnamed + unnameTwins(state);
    const { queues, lost } = await copy(survey, target);
    return { queues, damage, lost, returning, doubtful, unnamed };
  } finally {
    survey.close();
  }
}

/** Writes the messages of one journal to another, as the cleaner does from one segment to another. */
async function copy(
  survey: Survey,
  { disk, directory, segmentSize }: SalvageTarget,
): Promise<{ queues: Map<string, Saved>; lost: LostMessage[] }> {
  const { state, live } = survey.contents;
  const journal = new Journal(
    { fileSystem: disk, directory, sync: 'never', syncIntervalMs: 1, segmentSize, cacheSize: CACHE_SIZE },
    state,
    live,
    { nextId: () => state.nextId, queues: () => state.queues.all() },
    () => {},
    () => {},
  );
  const queues = new Map<string, Saved>();
  const lost: LostMessage[] = [];
  try {
    await journal.start();
    const recorder = new Recorder(journal, state);
    let unwritten = 0;
    for (const message of survey.messages()) {
      if (!('slot' in message)) {
        lost.push(message);
        continue;
      }
      const { slot, record } = message;
      await journal.roomToMove(record.size);
      recorder.move(slot, record);
      count(queues, state, slot);
      unwritten += record.size;
      if (unwritten < SAVED_PER_TURN) continue;
      unwritten = 0;
      await turn();
    }
  } finally {
    await journal.close();
  }
  return { queues, lost };
}

function count(queues: Map<string, Saved>, state: State, slot: number): void {
  const page = state.table.page(slot);
  if (page.state[at(slot)] === MessageState.finished) return;
  const { name } = state.queueOf(slot);
  const saved = queues.get(name) ?? { messages: 0, bytes: 0 };
  saved.messages++;
  saved.bytes += page.size[at(slot)] as number;
  queues.set(name, saved);
}

/** How many messages have nothing on record behind the last damage: there it may have been said that they are done. */
function countReturning({ contents }: Survey): number {
  const { table } = contents.state;
  const last = contents.damage.findLast(({ what }) => what !== 'header');
  if (last === undefined) return 0;
  let count = 0;
  for (const slot of table.slots()) {
    const page = table.page(slot);
    if (page.state[at(slot)] === MessageState.finished) continue;
    const segment = page.segment[at(slot)] as number;
    const offset = page.offset[at(slot)] as number;
    if (segment < last.segment || (segment === last.segment && offset < last.offset)) count++;
  }
  return count;
}

/** A job whose end is lost may have come back beside the next one with its id. */
function unnameTwins(state: State): number {
  const { table } = state;
  let count = 0;
  for (const slot of table.slots()) {
    const page = table.page(slot);
    const jobId = page.jobId(at(slot));
    if (jobId === undefined || state.queueOf(slot).jobs?.get(jobId) === slot) continue;
    page.setJobId(at(slot), undefined);
    state.repeating.delete(slot);
    count++;
  }
  return count;
}
