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
import type { Ending } from './service.ts';
import { WorldSubject } from './world-census.ts';

/** A server that starts goes on with ids that are so much higher than those that were in use. */
const ID_GAP = 2 ** 20;
/** More worlds than a crash can leave. */
const MOST_CANDIDATES = 5000;

/** Finds out which of the worlds that a crash may leave it has left. */
export class Judge {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The world that a client's census is of, as it was when the server ended and nothing had been done about it. */
  async find(client: Client, census: Census, { hasPower, durableMoment, at }: Ending): Promise<World> {
    const first = hasPower ? client.writtenStage() : client.durableStage(durableMoment);
    const isAlways = this.#run.traits.sync === 'always';
    const isPromised = (operation: Operation, value: unknown) =>
      hasPower ? isWritten(operation, value) : isAlways && isSynced(operation, value);
    const worlds = candidates(client, first, isPromised, this.#run.clock);
    const { now } = this.#run.clock;
    let nearest = '';
    for (let count = 0; ; count++) {
      if (count === MOST_CANDIDATES) throw new Violation('too much may have happened');
      this.#run.clock.now = at;
      const { value: world, done } = worlds.next();
      this.#run.clock.now = now;
      if (done)
        throw new Violation(`${client.name} finds what cannot be; nearest of ${count} worlds:\n${nearest}`);
      // Policies are not on record: the next server goes by those that there are now.
      for (const queue of client.queues) world.setPolicy(queue, client.world.policyOf(queue));
      const difference = await this.#compare(client, world, census, (started) => {
        end(started, true);
        resumeSchedule(started);
      });
      if (difference === undefined) {
        world.lastNumber = Math.max(world.lastNumber, client.world.lastNumber);
        return world;
      }
      if (nearest === '' || difference.length < nearest.length) nearest = difference;
    }
  }

  /** Throws unless a census is that of this very world. */
  async expect(client: Client, world: World, census: Census): Promise<void> {
    const difference = await this.#compare(client, world, census, () => {});
    if (difference !== undefined) throw new Violation(`${client.name} finds something else:\n${difference}`);
  }

  /** How the census of a world differs; undefined when it does not, and then the ids are those of its numbers. */
  async #compare(
    client: Client,
    world: World,
    census: Census,
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
      this.#learnIds(client, world, [...outline, ...messages], [...census.outline, ...census.messages]);
      return undefined;
    } finally {
      this.#run.clock.now = now;
    }
  }

  /**
   * The ids of what is found are those of the world's numbers, but where the server has made a message only now, such as
   * a copy of a run that failed with the start.
   */
  #learnIds(client: Client, world: World, expected: readonly Found[], actual: readonly Found[]): void {
    const { highest } = this.#run.identities;
    const pairs = expected.map(({ id }, index) => [id, (actual[index] as Found).id] as const);
    for (const [number, id] of pairs.sort(([a], [b]) => a - b)) {
      if (number === 0 || number > world.lastNumber) continue;
      if (id > highest + ID_GAP / 2) renumber(world, number);
      else this.#run.identities.note(client.name, number, id);
    }
  }
}

/** It is another message from now on, the last one that came. */
function renumber(world: World, number: number): void {
  const item = world.items.find((each) => each.number === number);
  if (item === undefined) return;
  const fresh = ++world.lastNumber;
  Object.assign(item, { number: fresh, sequence: Math.sign(item.sequence) * fresh });
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
