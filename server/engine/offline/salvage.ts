import type { FileSystem } from '../log/local/file-system.ts';
import { LocalLog } from '../log/local/local-log.ts';
import type { Damage } from '../log/local/reading.ts';
import { MessageState, row } from '../state/message-table.ts';
import type { State } from '../state/state-machine.ts';
import { fillLog, type LivingMessage } from './fill-log.ts';
import { type LostMessage, Survey } from './survey.ts';

/** Of the new log, which nobody reads yet. */
const CACHE_SIZE = 4 * 1024 * 1024;

export interface Saved {
  messages: number;
  /** In the log. */
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
  /** How many more are lost with the damaged places: as many as later records speak of, at least. */
  readonly missing: number;
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
    const { state, reading, damage, doubtful, missing } = survey.contents;
    state.nextId = reading.nextId;
    const returning = countReturning(survey);
    const unnamed = survey.contents.unnamed + unnameTwins(state);
    const { queues, lost } = await copy(survey, target);
    return { queues, damage, lost, returning, doubtful, missing, unnamed };
  } finally {
    survey.close();
  }
}

/** Writes the messages of one log to another, as compaction does from one segment to another. */
async function copy(
  survey: Survey,
  { disk, directory, segmentSize }: SalvageTarget,
): Promise<{ queues: Map<string, Saved>; lost: LostMessage[] }> {
  const { state } = survey.contents;
  const log = LocalLog.open({
    fileSystem: disk,
    directory,
    sync: 'never',
    syncIntervalMs: 1,
    segmentSize,
    cacheSize: CACHE_SIZE,
    clock: Date.now,
  });
  const queues = new Map<string, Saved>();
  const lost: LostMessage[] = [];
  try {
    const found = readable(survey, (message) => lost.push(message));
    await fillLog(log, state, found, Date.now, (slot) => count(queues, state, slot));
  } finally {
    await log.close();
  }
  return { queues, lost };
}

/** All that can be read, in the order of the records. */
function* readable(survey: Survey, isLost: (message: LostMessage) => void): Generator<LivingMessage> {
  for (const message of survey.messages()) {
    if ('slot' in message) yield message;
    else isLost(message);
  }
}

function count(queues: Map<string, Saved>, state: State, slot: number): void {
  if (state.stateOf(slot) === MessageState.ended) return;
  const { name } = state.queueOf(slot);
  const saved = queues.get(name) ?? { messages: 0, bytes: 0 };
  saved.messages++;
  saved.bytes += state.sizeOf(slot);
  queues.set(name, saved);
}

/** How many messages have nothing on record behind the last damage: there it may have been said that they are done. */
function countReturning({ contents }: Survey): number {
  const { state, damage } = contents;
  const last = damage.findLast(({ what }) => what !== 'header');
  if (last === undefined) return 0;
  let count = 0;
  for (const slot of state.table.slots()) {
    if (state.stateOf(slot) === MessageState.ended) continue;
    if (state.table.page(slot).position[row(slot)] < last.position) count++;
  }
  return count;
}

/** A job whose end is lost may have come back beside the next one with its id. */
function unnameTwins(state: State): number {
  let count = 0;
  for (const slot of state.table.slots()) {
    const jobId = state.jobIdOf(slot);
    if (jobId === undefined || state.queueOf(slot).jobs?.get(jobId) === slot) continue;
    state.table.page(slot).setJobId(row(slot), undefined);
    state.repeating.delete(slot);
    count++;
  }
  return count;
}
