import { DEFAULT_PRIORITY } from '../../server/engine/api.ts';
import type { Mode } from '../model/item.ts';
import { isExpired } from '../model/readers.ts';
import type { Client } from './client.ts';
import { bodyOf, type Enqueue, type Operation, type Read } from './operation.ts';
import type { Random } from './random.ts';
import { BACKOFFS, queueOf, type Traits } from './traits.ts';

type Kind = Operation['type'] | 'job';

/** Weights of what a client does next, where it has little and where it has much. */
const FEW: readonly (readonly [number, Kind])[] = [
  [30, 'enqueue'],
  [12, 'job'],
  [14, 'read'],
  [2, 'peek'],
  [8, 'complete'],
  [4, 'release'],
  [8, 'fail'],
  [3, 'extend'],
  [1, 'progress'],
  [5, 'status'],
  [2, 'takeFailed'],
  [2, 'retryFailed'],
  [1, 'discardFailed'],
  [2, 'cancel'],
  [1, 'purge'],
  [0.5, 'drop'],
  [1, 'pause'],
  [5, 'resume'],
  [2, 'move'],
  [2, 'runNow'],
  [2, 'setDisabled'],
];
const MANY = FEW.map(([weight, kind]) => [kind === 'read' ? 4 * weight : weight, kind] as const);
const MANY_ITEMS = 12;
const MOST_IN_BURST = 5;
const JOB_IDS = ['j', 'k'];
const REASONS = ['abort', 'return', 'unread', 'death', 'death', 'stop'] as const;

/** What clients do. */
export class Workload {
  readonly #random: Random;
  readonly #traits: Traits;
  #bodies = 0;

  constructor(random: Random, traits: Traits) {
    this.#random = random;
    this.#traits = traits;
  }

  /** What a client asks next: one thing, or several that wait for nothing but each other's turn. */
  next(client: Client): Operation[] {
    const random = this.#random;
    const queue = random.pick(client.queues);
    if (random.chance(0.04)) {
      const operation = this.#once(client, queue);
      return [operation, operation];
    }
    if (random.chance(0.1) && isQuick(client, queue)) {
      return Array.from({ length: random.between(2, MOST_IN_BURST) }, () =>
        random.chance(0.5) ? this.#enqueue(client, queue, '') : this.#read([queue]),
      );
    }
    const kind = random.weighted(client.world.items.length < MANY_ITEMS ? FEW : MANY);
    return [this.#make(client, queue, kind)];
  }

  /**
   * What is to be done only once, though it is asked for twice before it is answered: only that which has to read nothing
   * from the disk is done in one go.
   */
  #once({ world }: Client, queue: string): Operation {
    const random = this.#random;
    const held = world.items.flatMap(({ jobId, reservation }) =>
      jobId === '' ? reservation?.token || [] : [],
    );
    const isScheduled = this.#traits.lines.some((line) => line.queue === queue);
    return random.weighted<Operation>([
      [held.length > 0 ? 2 : 0, { type: 'complete', token: random.pick(held), result: '' }],
      [isScheduled ? 0 : 0.2, { type: 'drop', queue }],
      [0.5, { type: 'pause', queue }],
      [1, { type: 'cancel', queue, jobId: random.pick(JOB_IDS) }],
    ]);
  }

  /** A read that waits, where there is nothing to read. */
  wait(client: Client): Read | undefined {
    const queue = this.#random.pick(client.queues);
    if (client.world.list(queue, 'ready').length > 0) return undefined;
    return { ...this.#read([queue]), waitMs: this.#evenMs() + 1 };
  }

  #make(client: Client, queue: string, kind: Kind): Operation {
    const random = this.#random;
    switch (kind) {
      case 'enqueue':
      case 'job': {
        // Whether what has expired makes room depends on whether it has to be read from the disk for that.
        const full = [queue, ...client.world.policyOf(queue).fanoutTo].find((each) => {
          return client.world.policyOf(each).maxItems > 0 && hasExpired(client, each);
        });
        if (full !== undefined) return { type: 'peek', queue: full, failed: false, jobId: '' };
        return this.#enqueue(client, queue, kind === 'job' ? random.pick(JOB_IDS) : '');
      }
      case 'read': {
        const queues = random.chance(0.15) ? random.shuffled(client.queues).slice(0, 2) : [queue];
        // Who waits keeps its turn, but may be overtaken while there is no room for what it takes.
        const isAwaited = client.waits.some(({ read }) => queues.includes(read.queues[0]));
        // What has expired in one of them may be on its way to the other.
        const isMoving = queues.length > 1 && queues.some((each) => hasExpired(client, each));
        return isAwaited || isMoving ? { type: 'peek', queue, failed: false, jobId: '' } : this.#read(queues);
      }
      case 'complete':
        return { type: kind, token: this.#token(client), result: 'r'.repeat(random.below(20)) };
      case 'release':
        return { type: kind, token: this.#token(client), reason: random.pick(REASONS) };
      case 'fail': {
        const error = 'e'.repeat(random.below(40));
        return {
          type: kind,
          token: this.#token(client),
          error,
          final: random.chance(0.2),
          died: random.chance(0.3),
        };
      }
      case 'extend':
        return { type: kind, token: this.#token(client), leaseMs: this.#evenMs() };
      case 'peek':
        return { type: kind, queue, failed: random.chance(0.3), jobId: random.pick(['', ...JOB_IDS]) };
      case 'takeFailed':
        return { type: kind, queue, jobId: random.pick(['', ...JOB_IDS]) };
      case 'retryFailed': {
        const delay = random.pick([0, 0, this.#evenMs() / 1000]);
        return { type: kind, queue, jobId: random.pick(['', ...JOB_IDS]), delay };
      }
      case 'progress':
        return { type: kind, token: this.#token(client), text: random.pick(['', 'half', 'all but one']) };
      case 'status':
      case 'discardFailed':
      case 'cancel':
        return { type: kind, queue, jobId: random.pick(JOB_IDS) };
      case 'move':
        return this.#move(client, queue);
      case 'runNow':
      case 'setDisabled': {
        const [line] = client.world.schedule;
        if (line === undefined) return { type: 'status', queue, jobId: random.pick(JOB_IDS) };
        const { name } = line;
        return kind === 'runNow'
          ? { type: kind, name }
          : { type: kind, name, isDisabled: random.chance(0.5) };
      }
      case 'schedule':
        return { type: kind, lines: this.#traits.lines };
      default:
        return { type: kind, queue };
    }
  }

  #enqueue(client: Client, queue: string, jobId: string): Enqueue {
    const random = this.#random;
    const policy = client.world.policyOf(queue);
    const canRepeat = policy.fanoutTo.length === 0 && queue !== queueOf(client.name, 'short');
    // One that repeats at a time: of two whose last runs a crash ends nobody knows which fails first.
    const repeats =
      jobId !== '' && canRepeat && !client.world.items.some(({ rhythm }) => rhythm !== undefined);
    const everyMs =
      repeats && random.chance(0.5) ? random.pick(this.#traits.getsFull ? [24_000] : [2000, 9000]) : 0;
    const expires = everyMs === 0 && random.chance(0.15);
    return {
      type: 'enqueue',
      queue,
      body: bodyOf(++this.#bodies, this.#bodyLength()),
      flags: random.below(2 ** 32),
      exptime: expires ? random.pick([-1, 3, 20]) : 0,
      ahead: jobId === '' && random.chance(0.1),
      priority: random.pick([DEFAULT_PRIORITY, DEFAULT_PRIORITY, DEFAULT_PRIORITY, 0, 7, 0xffff_ffff]),
      delayMs: random.chance(0.2) ? this.#evenMs() : 0,
      jobId,
      mode: jobId === '' ? 'set' : random.pick(['set', 'set', 'add', 'replace']),
      everyMs,
      maxAttempts: random.chance(0.15) ? random.between(1, 3) : 0,
      backoff: random.chance(0.15) ? random.pick(BACKOFFS) : undefined,
      group: this.#traits.hasGroups ? random.pick(['', 'a', 'a', 'b']) : '',
    };
  }

  #read(queues: readonly string[]): Read {
    const random = this.#random;
    const mode = random.weighted<Mode>([
      [this.#traits.hasGroups ? 0 : 3, 'take'],
      [2, 'open'],
      [2, 'lease'],
    ]);
    const holder = random.pick(['someone', 'another']);
    return { type: 'read', queues, mode, leaseMs: this.#evenMs(), holder, waitMs: 0 };
  }

  /** What repeats must not come to where the oldest is dropped. */
  #move(client: Client, queue: string): Operation {
    const repeats = client.world.list(queue, 'ready', 'delayed').some(({ rhythm }) => rhythm !== undefined);
    const others = client.queues.filter((each) => !repeats || each !== queueOf(client.name, 'short'));
    return { type: 'move', queue, to: this.#random.pick(others) };
  }

  /** Mostly one that is held. */
  #token({ world, tokens }: Client): number {
    const held = world.items.flatMap(({ reservation }) => reservation?.token || []);
    if (held.length > 0 && this.#random.chance(0.95)) return this.#random.pick(held);
    return tokens.length > 0 ? this.#random.pick(tokens) : 1;
  }

  /** Even and odd milliseconds: waits do not end at the moment at which something else does. */
  #evenMs(): number {
    const random = this.#random;
    return 2 * (this.#traits.getsFull ? random.between(10_000, 20_000) : random.between(1, 6000));
  }

  #bodyLength(): number {
    const random = this.#random;
    const { bodyLength, segmentSize } = this.#traits;
    return random.weighted([
      [30, random.below(bodyLength)],
      [4, random.below(segmentSize >> 2)],
      [0.3, random.between(segmentSize - 700, segmentSize + 2000)],
    ]);
  }
}

/** Whether what is asked of a queue in one go finds everything as it will be when it is done. */
function isQuick({ world, waits }: Client, queue: string): boolean {
  const { maxItems, fanoutTo } = world.policyOf(queue);
  return maxItems === 0 && fanoutTo.length === 0 && waits.length === 0 && !hasExpired({ world }, queue);
}

function hasExpired({ world }: Pick<Client, 'world'>, queue: string): boolean {
  return world.list(queue, 'ready').some((item) => isExpired(world, item));
}
