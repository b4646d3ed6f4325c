import type { Connection } from './connection.ts';

/** A further connection beside the main one, opened when it is wanted, and again when it was lost. */
export class SideConnection {
  readonly #open: () => Promise<Connection>;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  /** It, once there is one; rejects with the reason why there is none. */
  get(): Promise<Connection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    this.#opening ??= this.#openNext();
    return this.#opening;
  }

  async #openNext(): Promise<Connection> {
    try {
      const connection = await this.#open();
      this.set(connection);
      return connection;
    } finally {
      this.#opening = undefined;
    }
  }

  /** Somebody has opened it already. */
  set(connection: Connection): void {
    this.#connection?.close();
    this.#connection = connection;
    connection.onLost = () => {
      if (this.#connection === connection) this.#connection = undefined;
    };
  }

  /** Gives it up, as the main one is. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
