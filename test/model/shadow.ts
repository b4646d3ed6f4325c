import { LiveBytes } from '../../server/engine/log/live-bytes.ts';
import { type Log, type Position, TrimmedError } from '../../server/engine/log/log.ts';
import { Event, EventType, NO_BYTES } from '../../server/engine/state/events.ts';
import { MessageState, row } from '../../server/engine/state/message-table.ts';
import { State } from '../../server/engine/state/state-machine.ts';
import { turn } from '../../server/engine/turn.ts';
import type { TestEngine } from '../helpers/local-engine.ts';
import { same } from './same.ts';
import type { Tally } from './tally.ts';

/** More turns than it takes until a follower knows all. */
const MOST_TURNS = 10_000;

/** Each time that so many comparisons were made one more shadow joins. */
const JOINS = 10;

/**
 * A second state, which is told the events of a log as they are written, as a follower is: whatever happens, it is what
 * the engine's state is, but for what that names volatile.
 */
export class Shadow {
  readonly #tally: Tally;
  #live = new LiveBytes();
  #state = new State(this.#live);
  /** Up to where it has followed; undefined: it begins with the oldest event. */
  #position: Position | undefined;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Tells it what it does not know yet. Where some of that is gone already it begins anew. */
  async follow(log: Log): Promise<void> {
    if (this.#position === undefined) this.#tally.joined++;
    try {
      this.#position = await log.replay(this.#state, this.#position);
    } catch (error) {
      if (!(error instanceof TrimmedError)) throw error;
      this.#live = new LiveBytes();
      this.#state = new State(this.#live);
      this.#position = undefined;
      await this.follow(log);
    }
  }

  /** Follows, and is compared with the engine's state at a moment at which nothing is under way. */
  async compare(
    followed: Log,
    { log, state }: Pick<TestEngine, 'log' | 'state'>,
    now: number,
  ): Promise<void> {
    await this.follow(followed);
    // A follower hears of what is committed a little later.
    for (let count = 0; count < MOST_TURNS && (this.#position ?? 0) < log.end; count++) {
      await turn();
      await this.follow(followed);
    }
    same(this.#position, log.end);
    const actual = describeState(this.#state, now);
    const expected = describeState(state, now);
    same(actual, expected);
    same(`${this.#live.messages} ${this.#live.total}`, `${log.live.messages} ${log.live.total}`);
    if (++this.#tally.compared % JOINS === 0)
      await new Shadow(this.#tally).compare(followed, { log, state }, now);
  }

  /**
   * What it has, once it has followed a log that somebody else has read from its beginning. Ids go on where those go on
   * that the other has, which may have been given a start's distance.
   */
  async takeOver(log: Log, other: State, now: number): Promise<State> {
    await this.follow(log);
    const event = new Event();
    event.type = EventType.identifiers;
    event.order = other.nextId;
    this.#state.apply(event, log.end);
    const actual = describeState(this.#state, now);
    const expected = describeState(other, now);
    same(actual, expected);
    this.#tally.tookOver++;
    return this.#state;
  }
}

/**
 * All that a state is, but for what it names volatile. `isMoved`: and for where the records are, and what follows from that.
 */
export function describeState(state: State, now: number, isMoved = false): string {
  const { table } = state;
  const lines: string[] = [`next id ${state.nextId}, ${table.size} messages`];
  for (const queue of state.queues.all()) {
    const { number, name, isPaused, bytes, readyBytes, endedBytes } = queue;
    const early = queue.all().filter((slot) => isPromoted(state, slot, now));
    const sizeOfEarly = early.reduce(
      (sum, slot) => sum + (state.stateOf(slot) === MessageState.delayed ? state.sizeOf(slot) : 0),
      0,
    );
    const ready = `${readyBytes + sizeOfEarly} ready`;
    const taken = isMoved ? '' : `${bytes} bytes, ${ready}, ${endedBytes} ended, `;
    lines.push(`queue ${number} ${name}: ${taken}paused ${isPaused}`);
    for (const { key, count } of queue.errors?.all() ?? []) lines.push(`${count} of ${number} with ${key}`);
  }
  for (const slot of table.slots()) lines.push(describeMessage(state, slot, now, isMoved));
  lines.push(`${state.endedCount} ended, ${state.expiringCount} with a time to live`);
  return lines.sort().join('\n');
}

/** Whether a message is ready, or is about to be found to be: that its delay is over has no record. */
function isPromoted(state: State, slot: number, now: number): boolean {
  if (state.stateOf(slot) === MessageState.ready) return true;
  const isDelayed = state.stateOf(slot) === MessageState.delayed && !state.repeating.has(slot);
  return isDelayed && state.table.page(slot).due(row(slot)) <= now;
}

function describeMessage(state: State, slot: number, now: number, isMoved: boolean): string {
  const page = state.table.page(slot);
  const i = row(slot);
  const isReady = isPromoted(state, slot, now);
  const job = state.repeating.get(slot);
  const { token, deadline, cancelledAt } = state.leases.of(slot);
  // A job that waits for its cron line may have been put off, or have left out what was missed.
  const isCron = job?.recurrence.kind === 'cron' && page.state[i] === MessageState.delayed;
  const parts = {
    slot,
    order: page.order[i],
    queue: page.queue(i),
    state: isReady ? MessageState.ready : page.state[i],
    attempts: page.attempts[i],
    deaths: page.deaths(i),
    diedSilently: page.diedSilently(i),
    maxAttempts: page.maxAttempts(i),
    backoff: page.backoff(i),
    priority: page.priority(i),
    expires: page.expires(i),
    due: isReady ? 0 : isCron && page.attempts[i] === 0 ? 'by its line' : page.due(i),
    record: isMoved ? undefined : [page.position[i], page.size[i]],
    jobId: page.jobId(i),
    group: page.group(i),
    errorGroup: state.errorGroupOf(slot),
    // What is written again has them in its record.
    silentDeaths: isMoved ? undefined : state.historyOf(slot, NO_BYTES).toString('latin1'),
    recurrence: job?.recurrence,
    lastRun: job?.lastRun,
    isDisabled: job?.isDisabled,
    // A record of one that is held has the end of the lease in its place.
    time: isCron || (isMoved && token > 0) ? undefined : job?.time,
    lease: token === 0 ? undefined : { token, deadline, cancelledAt },
  };
  return JSON.stringify(parts);
}
