import type { Socket } from 'node:net';
import { Condition } from '../../shared/condition.ts';
import type { Logger } from '../../shared/logger.ts';
import { connectForHttp, type Leader } from './leader.ts';
import type { Endpoint } from './proxy-header.ts';
import { Relay } from './relay.ts';

/**
 * What becomes of those who come: they are served here; passed to the leader; held, unread, until it is known who leads;
 * or refused.
 */
export type DoorMode =
  | { readonly kind: 'serve' }
  | { readonly kind: 'pass'; readonly leader: Leader }
  | { readonly kind: 'hold' }
  | { readonly kind: 'refuse' };

/** Somebody who has come. Nothing is read of the socket before it is decided what becomes of it. */
export interface Arrival {
  readonly socket: Socket;
  /** Where the client is, and where it has connected to; undefined: it came by a unix socket. */
  readonly client: Endpoint | undefined;
  readonly local: Endpoint | undefined;
  /** Another server has passed it to us. It is never passed on. */
  readonly isPassed: boolean;
  /** Has it served here. */
  serve(): void;
}

interface DoorOptions {
  /** How long somebody is held, milliseconds: a lease, after which another one leads, and a second. */
  readonly holdMs: number;
  readonly logger: Logger;
}

/** Somebody who is neither served nor passed yet. */
interface Pending {
  readonly arrival: Arrival;
  /** Ends that. */
  readonly timer: NodeJS.Timeout;
  /** On its way to the leader. */
  relay: Relay | undefined;
}

/** Decides for each connection that was accepted what becomes of it. The mode may change at any time. */
export class Door {
  readonly #options: DoorOptions;
  #mode: DoorMode = { kind: 'serve' };
  readonly #held = new Set<Pending>();
  readonly #relays = new Set<Relay>();
  /** Connections to the leader's HTTP. */
  readonly #requests = new Set<Socket>();
  #total = 0;
  #endedBytesRead = 0;
  #endedBytesWritten = 0;
  #onIdle: (() => void) | undefined;
  /** Why clients do not get to the leader. */
  readonly #blocked: Condition;

  constructor(options: DoorOptions) {
    this.#options = options;
    const { logger } = options;
    this.#blocked = new Condition(
      (error) =>
        logger.warn(
          { error },
          'the leader is not reached from here: clients are held, and closed after a while',
        ),
      () => logger.info('clients get to the leader again'),
    );
  }

  get mode(): DoorMode {
    return this.#mode;
  }

  /** It counts for those who come, and those who are held; who is served or passed already stays so. */
  set mode(mode: DoorMode) {
    this.#mode = mode;
    this.#blocked.is(undefined);
    for (const pending of [...this.#held]) {
      this.#held.delete(pending);
      this.#decide(pending);
    }
  }

  /** Connections that are held, or passed. */
  get size(): number {
    return this.#held.size + this.#relays.size;
  }

  /** Descriptors that these take. */
  get descriptors(): number {
    return this.#held.size + 2 * this.#relays.size + this.#requests.size;
  }

  /** Connections that are held, that are passed, and that have been passed since the start; and the bytes of all these. */
  get counts() {
    let bytesRead = this.#endedBytesRead;
    let bytesWritten = this.#endedBytesWritten;
    for (const relay of this.#relays) {
      bytesRead += relay.bytesRead;
      bytesWritten += relay.bytesWritten;
    }
    return { held: this.#held.size, passed: this.#relays.size, total: this.#total, bytesRead, bytesWritten };
  }

  /** Decides what becomes of somebody. */
  enter(arrival: Arrival): void {
    if (this.#mode.kind === 'serve') {
      arrival.serve();
      return;
    }
    const timer = setTimeout(() => this.#giveUp(pending), this.#options.holdMs).unref();
    const pending: Pending = { arrival, timer, relay: undefined };
    this.#decide(pending);
  }

  /** A connection to the leader's HTTP, for a client that is connected by that socket; undefined where nothing is passed. */
  connectForHttp(client: Socket): Socket | undefined {
    if (this.#mode.kind !== 'pass') return undefined;
    const socket = connectForHttp(this.#mode.leader, client);
    this.#requests.add(socket);
    socket.once('close', () => this.#requests.delete(socket));
    return socket;
  }

  /** Closes all connections that are passed. For those that have not reached the leader it is decided anew. */
  closePassed(): void {
    for (const relay of this.#relays) relay.destroy();
    for (const socket of this.#requests) socket.destroy();
  }

  /** Closes those who are held, has all answered that was passed, and resolves when nobody is left. */
  async stop(patienceMs: number): Promise<void> {
    this.mode = { kind: 'refuse' };
    for (const relay of this.#relays) {
      if (relay.isReached) relay.stop(patienceMs);
      else relay.destroy();
    }
    if (this.#relays.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #decide(pending: Pending): void {
    const { arrival, timer } = pending;
    const mode = this.#mode;
    if (mode.kind === 'hold') {
      this.#held.add(pending);
    } else if (mode.kind === 'pass' && !arrival.isPassed) {
      this.#pass(pending, mode);
    } else {
      clearTimeout(timer);
      if (mode.kind === 'serve') arrival.serve();
      else arrival.socket.destroy();
    }
  }

  #giveUp(pending: Pending): void {
    this.#held.delete(pending);
    pending.arrival.socket.destroy();
    pending.relay?.destroy();
  }

  #pass(pending: Pending, mode: DoorMode & { readonly kind: 'pass' }): void {
    const { socket, client, local } = pending.arrival;
    const header = { client, local, purpose: 'memcache', receiver: mode.leader.id } as const;
    const relay = new Relay(socket, header, mode.leader, {
      reached: () => {
        clearTimeout(pending.timer);
        this.#total++;
        this.#blocked.is(undefined);
      },
      unreachable: (reason) => {
        if (this.#mode === mode) this.#blocked.is(`${mode.leader.host}:${mode.leader.port}: ${reason}`);
        this.#relays.delete(relay);
        pending.relay = undefined;
        this.#unreachable(pending, mode);
        this.#settle();
      },
      closed: () => {
        this.#relays.delete(relay);
        this.#endedBytesRead += relay.bytesRead;
        this.#endedBytesWritten += relay.bytesWritten;
        this.#settle();
      },
    });
    pending.relay = relay;
    this.#relays.add(relay);
  }

  /** The leader may have died a moment ago: then the client is held until another one is known. */
  #unreachable(pending: Pending, tried: DoorMode): void {
    if (pending.arrival.socket.destroyed) return;
    if (this.#mode === tried) this.#held.add(pending);
    else this.#decide(pending);
  }

  #settle(): void {
    if (this.#relays.size === 0) this.#onIdle?.();
  }
}
