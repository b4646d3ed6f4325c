import type { Key } from '../protocol/key.ts';
import { clientError } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import type { Context } from './context.ts';
import { KeyRead } from './key-read.ts';

/** Where a worker asks for its orders. */
export const CONTROL = '$control';

/** `get $control`: what the worker of this connection is to do. `isLast`: the end of the reply follows. */
export function readOrders(context: Context, request: Request, key: Key, isLast: boolean): void {
  const { pipeline, client } = context;
  const read = new OrdersRead(context, request, key, isLast);
  pipeline.enter(read);
  if (client.worker === '') {
    read.refuse(clientError('no worker is known yet: set "$client" to JSON with the id of a "worker" first'));
    return;
  }
  read.start();
  pipeline.block(read);
}

/** It is answered with the orders that the connection has not been told yet, as soon as there are any. */
class OrdersRead extends KeyRead {
  /** Whose they are: what comes behind it may say something else. */
  readonly #worker = this.context.client.worker;
  readonly #onOrder = () => this.#tell();
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    const waitMs = Math.min(this.key.values.waitMs, this.context.server.settings.maxWaitMs);
    if (this.#tell()) return;
    if (waitMs === 0) {
      this.#miss();
      return;
    }
    this.context.server.orders.listen(this.#worker, this.#onOrder);
    this.#timer = setTimeout(() => this.#miss(), waitMs);
  }

  override abandon(): void {
    this.#leave();
  }

  override stopWaiting(): void {
    if (this.reply === undefined) this.#miss();
  }

  /** False when there is nothing to tell. */
  #tell(): boolean {
    const { client, server } = this.context;
    const orders = server.orders.after(this.#worker, client.lastOrder);
    const last = orders.at(-1);
    if (last === undefined) return false;
    this.#leave();
    this.count(true);
    // A meta `mg` that does not ask for the orders has not been told.
    if (this.request.meta?.wantsValue !== false) client.lastOrder = last.number;
    const body = Buffer.from(orders.map(({ order }) => `${JSON.stringify(order)}\n`).join(''));
    this.answerWith({ flags: 0, cas: last.number, preface: '', body, start: 0, end: body.length });
    return true;
  }

  #miss(): void {
    this.#leave();
    this.count(false);
    this.answerWith(undefined);
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.context.server.orders.unlisten(this.#worker, this.#onOrder);
  }
}
