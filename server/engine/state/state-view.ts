import type { Backoff } from '../../../shared/backoff.ts';
import { AgeIndex } from './age-index.ts';
import type { DeadlineHeap } from './deadline-heap.ts';
import type { ErrorGroup } from './error-group.ts';
import { JobIndex, type Repeating } from './job-index.ts';
import type { LeaseTable } from './lease-table.ts';
import { MessageLists } from './message-lists.ts';
import { MessageState, MessageTable, NONE, row } from './message-table.ts';
import type { Queue } from './queue.ts';
import { QueueTable } from './queue-table.ts';
import type { QueuesWithWork } from './queues-with-work.ts';
import { Sweep } from './sweep.ts';

/** All queues and messages, to be looked at. */
export class StateView {
  readonly table = new MessageTable();
  readonly queues = new QueueTable();
  protected readonly lists = new MessageLists(this.table);
  protected readonly jobs = new JobIndex(this.table);
  readonly ages = new AgeIndex();
  readonly sweep = new Sweep();
  /** By slot: attempts that have ended without a word since the message's record was written, as a history has them. */
  protected readonly silentDeaths = new Map<number, Buffer>();
  /** Message ids and lease tokens come from here. */
  nextId = 1;

  get withWork(): QueuesWithWork {
    return this.lists.withWork;
  }
  /** Queues that something can only be taken from for good, since as many run as may. */
  get withTakes(): QueuesWithWork {
    return this.lists.withTakes;
  }
  get deadlines(): DeadlineHeap {
    return this.lists.deadlines;
  }
  /** Queues in which something has failed; whoever has looked at one takes it out. */
  get failureNews(): Set<Queue> {
    return this.lists.failureNews;
  }
  get leases(): LeaseTable {
    return this.lists.leases;
  }
  /** By slot. */
  get repeating(): Map<number, Repeating> {
    return this.jobs.repeating;
  }
  /** How many slots hold no message, but the status of one that has ended. */
  get endedCount(): number {
    return this.lists.endedCount;
  }
  /** How many messages that wait or are reserved have a time to live. */
  get expiringCount(): number {
    return this.lists.expiringCount;
  }
  /** How many there are, the statuses of jobs that have ended not among them. */
  get messageCount(): number {
    return this.table.size - this.lists.endedCount - this.sweep.messages;
  }

  /**
   * Whether what the slot holds was discarded: it counts for nothing, nobody finds it, and it is freed before long.
   * Those who come by slots alone have to ask.
   */
  isDiscarded(slot: number): boolean {
    if (!this.sweep.isUnderWay) return false;
    const { isDropped, discarded } = this.queueOf(slot);
    if (isDropped) return true;
    return discarded !== undefined && this.waits(slot) && discarded.covers(slot, this.orderOf(slot));
  }

  queueOf(slot: number): Queue {
    return this.queues.byNumber(this.table.page(slot).queue(row(slot))) as Queue;
  }

  stateOf(slot: number): number {
    return this.table.page(slot).state[row(slot)];
  }

  orderOf(slot: number): number {
    return this.table.page(slot).order[row(slot)];
  }

  attemptsOf(slot: number): number {
    return this.table.page(slot).attempts[row(slot)];
  }

  /** In how many of its attempts whoever held a message died. */
  deathsOf(slot: number): number {
    return this.table.page(slot).deaths(row(slot));
  }

  /** Whether its last attempt ended with its connection or its lease. */
  diedSilently(slot: number): boolean {
    return this.table.page(slot).diedSilently(row(slot));
  }

  /** When a message's time to live is over, milliseconds since the epoch; 0: never. */
  expiresAt(slot: number): number {
    return this.table.page(slot).expires(row(slot)) * 1000;
  }

  /** Engine time at which a failed message has failed. */
  failedAt(slot: number): number {
    return this.table.page(slot).due(row(slot));
  }

  /** The last attempts at a message that failed: those of its record, and those that ended without a word since that. */
  historyOf(slot: number, recorded: Buffer): Buffer {
    const since = this.silentDeaths.get(slot);
    return since === undefined ? recorded : Buffer.concat([recorded, since]);
  }

  /** Bytes by which that is longer than what its record has. */
  silentBytes(slot: number): number {
    return this.silentDeaths.get(slot)?.length ?? 0;
  }

  /** The key of the error group of a failed message; '' of one that has not failed. */
  errorGroupOf(slot: number): string {
    if (this.stateOf(slot) !== MessageState.failed) return '';
    return this.queueOf(slot).errors?.at(this.table.page(slot).errorGroup(row(slot))).key ?? '';
  }

  /** So many of the biggest error groups of all queues, in no particular order. */
  biggestErrorGroups(most: number): readonly ErrorGroup[] {
    return this.lists.errorRanks.biggest(most);
  }

  /** Bytes of a message's record. */
  sizeOf(slot: number): number {
    return this.table.page(slot).size[row(slot)];
  }

  /** The id that its client gave a job; undefined for none. */
  jobIdOf(slot: number): string | undefined {
    return this.table.page(slot).jobId(row(slot));
  }

  /** The group of a message; undefined for none. */
  groupOf(slot: number): string | undefined {
    return this.table.page(slot).group(row(slot));
  }

  /** A message's own limit of attempts; 0: as its queue says. */
  maxAttemptsOf(slot: number): number {
    return this.table.page(slot).maxAttempts(row(slot));
  }

  /** A message's own backoff; undefined: as its queue says. */
  backoffOf(slot: number): Backoff | undefined {
    return this.table.page(slot).backoff(row(slot));
  }

  /** Whether the slot holds the message of that order: a message that was ended or written anew may have gone from it. */
  holds(slot: number, order: number): boolean {
    return this.table.has(slot) && this.orderOf(slot) === order && !this.isDiscarded(slot);
  }

  /** The slot of the job of that id, where the queue has one. */
  slotOfJob(queue: Queue, jobId: string): number | undefined {
    const slot = queue.jobs?.get(jobId);
    return slot === undefined || this.isDiscarded(slot) ? undefined : slot;
  }

  /** The slot that a lease holds. */
  slotOfLease(token: number): number | undefined {
    const slot = this.leases.slotOf(token);
    return slot === undefined || this.isDiscarded(slot) ? undefined : slot;
  }

  /** Whether somebody waits for the end of a job. */
  isAwaited(slot: number): boolean {
    return this.jobs.awaited.has(slot);
  }

  /** Whether a message waits, for a reader or for its time. */
  waits(slot: number): boolean {
    const state = this.stateOf(slot);
    return state === MessageState.ready || state === MessageState.delayed;
  }

  /** Whether a reader holds a message, though its job may have been cancelled. */
  isHeld(slot: number): boolean {
    const state = this.stateOf(slot);
    return state === MessageState.reserved || state === MessageState.cancelled;
  }

  /** The slot of the job of that id, if it has failed and is in the failed set; else NONE. */
  failedJob(queue: Queue, jobId: string): number {
    const slot = this.slotOfJob(queue, jobId);
    return slot !== undefined && this.stateOf(slot) === MessageState.failed ? slot : NONE;
  }
}
