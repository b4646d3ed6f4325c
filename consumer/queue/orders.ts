import { setTimeout as sleep } from 'node:timers/promises';
import { MemqError } from '../../shared/errors.ts';
import type { Connection } from '../../shared/memcache.ts';
import type { ServerAddress } from '../../shared/server-address.ts';
import { type Condition, report } from './introduction.ts';
import { isPassing, ServerLink } from './server-link.ts';

/**
 * How long one read waits for orders, after which it is said anew how we are, and how long the pause is after one that the
 * server did not let wait; milliseconds.
 */
const READ_MS = 10_000;
const PAUSE_MS = 1000;

/** What the server tells a worker to do. */
export type Order =
  /** To take no more jobs. */
  | { readonly order: 'quiet' }
  /** To take no more jobs, and to end. */
  | { readonly order: 'stop' }
  /** To end a job, since it was cancelled; `lease`: the token of its lease. */
  | { readonly order: 'cancel'; readonly lease: number };

interface OrdersListener {
  /** How this program is, for those who look at the server. */
  condition(): Condition;
  /** `mayBeRepeated`: the server tells a new connection again what is in force, whether it was obeyed or not. */
  ordered(order: Order, mayBeRepeated: boolean): void;
  /** There is another connection: orders may have been lost, as by a restart of the server. */
  reconnected(): void;
  /** The server does not know of orders. */
  refused(reason: string): void;
}

/** The control connection: says how this worker is, and waits for what a server tells it to do. A server that is gone is awaited. */
export class Orders {
  readonly #server: ServerAddress;
  readonly #listener: OrdersListener;
  #link: ServerLink | undefined;
  /** The connection that has been told what was in force when it was made. */
  #known: Connection | undefined;
  #isRefused = false;
  #isClosed = false;

  constructor(server: ServerAddress, listener: OrdersListener) {
    this.#server = server;
    this.#listener = listener;
  }

  /** Begins to wait, unless it does already, or the server does not know of orders. */
  listen(): void {
    if (this.#link !== undefined || this.#isRefused || this.#isClosed) return;
    // Those who take jobs tell people when the server is gone.
    const silent = { answered: () => {}, lost: () => {}, stillLost: () => {}, back: () => {} };
    const link = new ServerLink(this.#server, (connection) => this.#report(connection), silent);
    this.#link = link;
    void this.#read(link);
  }

  /** The server may be another one now. */
  serverIsBack(): void {
    if (!this.#isRefused) return;
    this.#isRefused = false;
    this.listen();
  }

  close(): void {
    this.#isClosed = true;
    this.#link?.close();
  }

  async #read(link: ServerLink): Promise<void> {
    while (!link.isClosed) {
      try {
        await this.#next(link);
      } catch (error) {
        if (!(error instanceof MemqError)) throw error;
        if (link.isClosed) return;
        this.#link = undefined;
        this.#isRefused = true;
        link.close();
        this.#listener.refused(error.message);
      }
    }
  }

  /** @throws what does not pass */
  async #next(link: ServerLink): Promise<void> {
    try {
      if (await link.ask((connection) => this.#ask(connection))) return;
      await sleep(PAUSE_MS, undefined, { ref: false });
    } catch (error) {
      if (!isPassing(error)) throw error;
      await link.recover();
    }
  }

  #report(connection: Connection): Promise<void> {
    return report(connection, this.#listener.condition());
  }

  /** In one go: what is said does not wait behind the read. */
  async #wait(connection: Connection): Promise<Awaited<ReturnType<Connection['get']>>> {
    const said = this.#report(connection);
    const item = connection.get(`$control/t=${READ_MS}`, READ_MS);
    return (await Promise.all([item, said]))[0];
  }

  /** False when the server does not let it wait. */
  async #ask(connection: Connection): Promise<boolean> {
    // What a new connection is told at once may be what another one was told before.
    const isNew = connection !== this.#known;
    const began = performance.now();
    const item = await (isNew ? connection.get('$control') : this.#wait(connection));
    if (isNew && this.#known !== undefined) this.#listener.reconnected();
    this.#known = connection;
    for (const order of readOrders(item?.value.toString() ?? '')) this.#listener.ordered(order, isNew);
    return isNew || item !== undefined || performance.now() - began >= PAUSE_MS;
  }
}

/** One JSON object a line; those that nobody here understands are left out. */
export function readOrders(text: string): Order[] {
  return text.split('\n').flatMap((line) => {
    const order = readOrder(line);
    return order === undefined ? [] : [order];
  });
}

function readOrder(line: string): Order | undefined {
  let told: { readonly order?: unknown; readonly lease?: unknown } | null;
  try {
    told = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { order, lease } = told ?? {};
  if (order === 'quiet' || order === 'stop') return { order };
  return order === 'cancel' && typeof lease === 'number' ? { order, lease } : undefined;
}
