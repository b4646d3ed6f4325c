import { resumeSchedule } from '../model/schedule.ts';
import { end } from '../model/time.ts';
import type { World } from '../model/world.ts';
import { candidates } from './candidates.ts';
import { type Census, type Found, messagesOf, outlineOf } from './census.ts';
import type { Client } from './client.ts';
import { Violation } from './machine.ts';
import type { Operation } from './operation.ts';
import { passTime } from './passing-time.ts';
import { isSynced, isWritten } from './promises.ts';
import type { Run } from './run.ts';
import type { ProcessExit } from './service.ts';
import { WorldSubject } from './world-census.ts';

/** More worlds than a crash can leave. */
const MOST_CANDIDATES = 5000;

/** Finds out which of the worlds that a crash may leave it has left. */
export class Judge {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /**
   * The worlds that a client's census may be of, as they were when the server ended and nothing had been done about it:
   * the one where most was done comes first, and others follow of which a start makes the same. Throws a Violation when
   * there is none.
   */
  async *find(client: Client, census: Census, exit: ProcessExit): AsyncGenerator<World, void> {
    const { clock } = this.#run;
    const worlds = this.#candidates(client, exit);
    const fresh = freshIds(census.freshFrom);
    let found = 0;
    let nearest = '';
    for (let count = 0; ; count++) {
      if (count === MOST_CANDIDATES) throw new Violation('too much may have happened');
      const { now } = clock;
      clock.now = exit.at;
      const { value: world, done } = worlds.next();
      clock.now = now;
      if (done) {
        if (found > 0) return;
        throw new Violation(`${client.name} finds what cannot be; nearest of ${count} worlds:\n${nearest}`);
      }
      // Policies are not on record: the next server goes by those that there are now.
      for (const queue of client.queues) world.setPolicy(queue, client.world.policyOf(queue));
      const start = (started: World): void => {
        end(started, true);
        started.sweptAt = started.second;
        started.servesSince = started.now();
        resumeSchedule(started);
      };
      const difference = await this.#compare(client, world, census, fresh, start);
      if (difference === undefined) {
        world.lastNumber = Math.max(world.lastNumber, client.world.lastNumber);
        found++;
        yield world;
      } else if (nearest === '' || difference.length < nearest.length) {
        nearest = difference;
      }
    }
  }

  #candidates(client: Client, { hasPower, durableMoment }: ProcessExit): Generator<World> {
    const first = hasPower ? client.writtenStage() : client.durableStage(durableMoment);
    const isAlways = this.#run.traits.sync === 'always';
    const isPromised = (operation: Operation, value: unknown) =>
      hasPower ? isWritten(operation, value) : isAlways && isSynced(operation, value);
    return candidates(client, first, isPromised, this.#run.clock);
  }

  /** Throws unless a census is that of this very world, of the server that it has known all the time. */
  async expect(client: Client, world: World, census: Census): Promise<void> {
    const difference = await this.#compare(
      client,
      world,
      census,
      freshIds(Number.POSITIVE_INFINITY),
      () => {},
    );
    if (difference !== undefined) throw new Violation(`${client.name} finds something else:\n${difference}`);
  }

  /** How the census of a world differs; undefined when it does not, and then the ids are those of its numbers. */
  async #compare(
    client: Client,
    world: World,
    census: Census,
    fresh: FreshIds,
    start: (world: World) => void,
  ): Promise<string | undefined> {
    const { now } = this.#run.clock;
    const started = world.copy();
    start(started);
    passTime(started);
    const subject = new WorldSubject(started, this.#run.clock, this.#run.traits.getsFull);
    try {
      const outline = await outlineOf(subject, client.queues);
      if (!isSame(outline, census.outline)) return differenceOf(outline, census.outline);
      const messages = await messagesOf(subject, client.queues);
      if (!isSame(messages, census.messages)) return differenceOf(messages, census.messages);
      const actual = [...census.outline, ...census.messages];
      const pairs = [...outline, ...messages].map(({ id }, index) => [id, actual[index].id] as const);
      this.#learnIds(client, world, pairs, fresh);
      return undefined;
    } finally {
      this.#run.clock.now = now;
    }
  }

  /**
   * The ids of what is found are those of the world's numbers, but where the server has made a message only now, such as
   * a copy of a run that failed with the start: it is another message from now on, the last one that came.
   */
  #learnIds({ name }: Client, world: World, pairs: readonly IdPair[], fresh: FreshIds): void {
    const { lastNumber } = world;
    for (const [number, id] of [...pairs].sort(([a], [b]) => a - b)) {
      if (number === 0 || number > lastNumber) continue;
      if (id < fresh.from) {
        if (fresh.isFirst) this.#run.identities.note(name, number, id);
        continue;
      }
      const item = world.items.find((each) => each.number === number);
      if (item === undefined) continue;
      const last = fresh.numbers.get(id) ?? world.lastNumber + 1;
      fresh.numbers.set(id, last);
      world.lastNumber = Math.max(world.lastNumber, last);
      Object.assign(item, { number: last, sequence: Math.sign(item.sequence) * last });
    }
    fresh.isFirst = false;
  }
}

/** A number in a world, and the id in the engine that is to be the same. */
type IdPair = readonly [number: number, id: number];

/** The ids of messages that the server has made only now, and which numbers they have in all worlds that there may be. */
interface FreshIds {
  readonly from: number;
  readonly numbers: Map<number, number>;
  isFirst: boolean;
}

function freshIds(from: number): FreshIds {
  return { from, numbers: new Map(), isFirst: true };
}

export function isSame(expected: readonly Found[], actual: readonly Found[]): boolean {
  return (
    expected.length === actual.length && expected.every(({ text }, index) => text === actual[index]?.text)
  );
}

export function differenceOf(expected: readonly Found[], actual: readonly Found[]): string {
  const left = actual.map(({ text }) => text);
  const missing = expected.filter(({ text }) => {
    const index = left.indexOf(text);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const lines = [...left.map((text) => `  + ${text}`), ...missing.map(({ text }) => `  - ${text}`)];
  return lines.length > 0
    ? lines.join('\n')
    : `  the order: ${actual.map(({ text }) => text).join('\n    ')}`;
}
