import type { Client } from '../session/client.ts';
import type { Orders } from './orders.ts';

/** Whether a worker takes jobs: it does, it takes no more, or it ends when those that run have ended. */
const STATES = ['running', 'quiet', 'stopping'] as const;
export type WorkerState = (typeof STATES)[number];

/** A worker, as its connections tell of it (`set $client`). What it does not say is '', 0 or undefined. */
export interface WorkerInfo {
  /** The id that it has given itself. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly program: string;
  readonly version: string;
  /** `daemon`, or `cron`. */
  readonly role: string;
  /** What it reads from, as its configuration has it. */
  readonly queues: readonly string[];
  /** How many jobs it runs at most, and how many it does. */
  readonly concurrency: number;
  readonly busy: number;
  /** Of all its processes: bytes, and cores. */
  readonly rss: number;
  readonly cpu: number;
  readonly state: WorkerState | undefined;
  /** How many it has; 0 for one that has gone a moment ago. */
  readonly connections: number;
  /** When it last said anything of itself, and when it was started, milliseconds since the epoch. */
  readonly seenAt: number;
  readonly startedAt: number;
  /** The last one in force, of those that are about all of it. */
  readonly lastOrder: 'quiet' | 'stop' | undefined;
}

type Said = Omit<WorkerInfo, 'connections' | 'lastOrder'>;

/** How long a worker is shown when its last connection has ended, and how many of these are, milliseconds. */
const GONE_MS = 30_000;
const MOST_GONE = 1000;
/** Most characters of a text, and most queues, that are kept. */
const LONGEST_TEXT = 250;
const MOST_QUEUES = 100;

/** The workers that are connected, by the ids that they give themselves. */
export class Workers {
  readonly #orders: Orders;
  readonly #clock: () => number;
  /** What the connections of each say, in the order in which they came. */
  readonly #byId = new Map<string, Map<Client, Said>>();
  /** Those that have no connection any more, and until when they are shown. */
  readonly #gone = new Map<string, { readonly said: Said; readonly until: number }>();

  /** `clock`: milliseconds since the epoch. */
  constructor(orders: Orders, clock: () => number) {
    this.#orders = orders;
    this.#clock = clock;
  }

  /** A connection says, or says again, who it is. `said`: what its JSON is. */
  introduced(client: Client, said: unknown): void {
    const { worker } = client;
    if (worker === '') return;
    const clients = this.#byId.get(worker) ?? new Map<Client, Said>();
    clients.set(client, read(worker, said, this.#clock()));
    this.#byId.set(worker, clients);
    this.#gone.delete(worker);
  }

  /** A connection is no part of its worker any more. */
  left(client: Client): void {
    const { worker } = client;
    const clients = this.#byId.get(worker);
    const said = clients && newest(clients);
    if (clients === undefined || said === undefined || !clients.delete(client) || clients.size > 0) return;
    this.#byId.delete(worker);
    this.#gone.set(worker, { said, until: this.#clock() + GONE_MS });
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > MOST_GONE && oldest !== undefined) this.#gone.delete(oldest);
  }

  /** Those that are connected, and then those that were a moment ago. */
  all(): WorkerInfo[] {
    this.#forget();
    const here = [...this.#byId.values()].map((clients) => this.#describe(newest(clients), clients.size));
    return [...here, ...[...this.#gone.values()].map(({ said }) => this.#describe(said, 0))];
  }

  /** Has a worker take no more jobs; false where there is none of that id. */
  quiet(id: string): boolean {
    return this.#order(id, 'quiet');
  }

  /** Has a worker end when its jobs have; false where there is none of that id. */
  stop(id: string): boolean {
    return this.#order(id, 'stop');
  }

  #order(id: string, order: 'quiet' | 'stop'): boolean {
    this.#forget();
    if (!this.#byId.has(id) && !this.#gone.has(id)) return false;
    this.#orders.post(id, { order });
    return true;
  }

  /** Those that have been gone for long enough: they are in the order in which that ends. */
  #forget(): void {
    const now = this.#clock();
    for (const [id, { until }] of this.#gone) {
      if (until > now) return;
      this.#gone.delete(id);
    }
  }

  #describe(said: Said, connections: number): WorkerInfo {
    return { ...said, connections, lastOrder: this.#orders.lastOf(said.id) };
  }
}

/**
 * Of what the connections of a worker say that of the newest one that tells of its state: where its configuration is read
 * again there are two for a while.
 */
function newest(clients: ReadonlyMap<Client, Said>): Said {
  let last: Said | undefined;
  let seenAt = 0;
  for (const said of clients.values()) {
    if (last?.state === undefined || said.state !== undefined) last = said;
    seenAt = Math.max(seenAt, said.seenAt);
  }
  return { ...(last as Said), seenAt };
}

/** What a client says, which may be anything: all that is not what it should be counts as not said. */
function read(id: string, said: unknown, seenAt: number): Said {
  const told = (typeof said === 'object' && said !== null ? said : {}) as Record<string, unknown>;
  const text = (name: string): string => asText(told[name]) ?? '';
  const number = (name: string): number => asNumber(told[name]);
  const queues = Array.isArray(told.queues) ? told.queues.slice(0, MOST_QUEUES) : [];
  return {
    id,
    host: text('host'),
    pid: number('pid'),
    program: text('program'),
    version: text('version'),
    role: text('role'),
    queues: queues.map(asText).filter((queue) => queue !== undefined),
    concurrency: number('concurrency'),
    busy: number('busy'),
    rss: number('rss'),
    cpu: number('cpu'),
    state: STATES.find((state) => state === told.state),
    seenAt,
    startedAt: number('started'),
  };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : undefined;
}

function asNumber(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
}
