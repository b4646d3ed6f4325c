import { setTimeout as sleep } from 'node:timers/promises';
import { type MemqError, ServerError, UnreachableError } from '../../shared/errors.ts';
import { EX_TEMPFAIL } from '../../shared/exit-status.ts';
import { Connection } from '../../shared/memcache.ts';
import type { ServerAddress } from '../../shared/server-address.ts';

/** The first pause before another attempt, and the longest; milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

export interface ServerLinkListener {
  /** The server has answered for the first time. */
  answered(): void;
  /** The server cannot be reached; said once, until it is back. */
  lost(error: MemqError): void;
  /** It still cannot, for another kind of reason; said once for each. */
  stillLost(error: MemqError): void;
  /** It can be reached again. */
  back(): void;
}

/** A connection, and what is asked first over it. */
export interface Introduced {
  readonly connection: Connection;
  /** Rejects when the server does not take what every connection begins with. */
  readonly introduction: Promise<void>;
}

/**
 * The connection to a server. One that is closed while nothing is asked, as servers and networks do with those that are
 * idle, is replaced by the next request. Where that fails, too, it is tried again, after pauses that grow as long as the
 * server is not there.
 */
export class ServerLink {
  readonly #address: ServerAddress;
  readonly #introduce: (connection: Connection) => Promise<void>;
  readonly #listener: ServerLinkListener;
  readonly #closing = new AbortController();
  #current: Introduced | undefined;
  #hasAnswered = false;
  /** The codes of what was told since it was lost; none while it is there. */
  readonly #told = new Set<string>();
  #recovery: Promise<void> | undefined;

  /** `introduce`: what is asked first over each connection. */
  constructor(
    address: ServerAddress,
    introduce: (connection: Connection) => Promise<void>,
    listener: ServerLinkListener,
  ) {
    this.#address = address;
    this.#introduce = introduce;
    this.#listener = listener;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * The answer to a request. What was wrong with the introduction says more than the request that fails for it.
   *
   * @throws UnreachableError, NotAllowedError, ServerError
   */
  async ask<T>(request: (connection: Connection) => Promise<T>): Promise<T> {
    const { connection, introduction } = this.#connected();
    const answer = request(connection);
    answer.catch(() => {});
    try {
      await introduction;
      return await answer;
    } catch (error) {
      this.#failed(connection);
      throw error;
    }
  }

  /** A further connection, with its introduction; the caller closes it. */
  open(): Introduced {
    const connection = new Connection(this.#address);
    const introduction = this.#introduce(connection);
    introduction.then(
      () => this.#answered(),
      () => this.#failed(connection),
    );
    return { connection, introduction };
  }

  /**
   * Resolves when the server has answered again, or nobody waits for it any more.
   *
   * @throws NotAllowedError, ServerError when it answers, and that cannot pass
   */
  recover(): Promise<void> {
    this.#recovery ??= this.#tryAgain().finally(() => {
      this.#recovery = undefined;
    });
    return this.#recovery;
  }

  close(): void {
    this.#closing.abort();
    this.#current?.connection.close();
  }

  #connected(): Introduced {
    if (this.#current !== undefined && this.#current.connection.lost === undefined) return this.#current;
    this.#current = this.open();
    return this.#current;
  }

  #answered(): void {
    if (!this.#hasAnswered) this.#listener.answered();
    this.#hasAnswered = true;
    if (this.#told.size === 0) return;
    this.#told.clear();
    this.#listener.back();
  }

  /** What was asked over the connection has failed. */
  #failed({ lost }: Connection): void {
    if (this.isClosed || !isPassing(lost) || this.#told.has(lost.code)) return;
    this.#told.add(lost.code);
    if (this.#told.size === 1) this.#listener.lost(lost);
    else this.#listener.stillLost(lost);
  }

  async #tryAgain(): Promise<void> {
    for (let attempt = 0; !this.isClosed; attempt++) {
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      // Those who have lost the same server do not come back at the same moment.
      await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal: this.#closing.signal }).catch(
        () => {},
      );
      if (this.isClosed) return;
      try {
        await this.#connected().introduction;
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    }
  }
}

/** Whether another attempt may find the server well. */
export function isPassing(error: unknown): error is MemqError {
  return (
    error instanceof UnreachableError || (error instanceof ServerError && error.exitCode === EX_TEMPFAIL)
  );
}
