import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Between two sets, and between two attempts to connect, milliseconds. */
const PAUSE_MS = 1;
/** A client gives up a connection on which nothing was answered for so long, milliseconds. */
const PATIENCE_MS = 1000;
const SET = 'set takeover 0 60 1\r\nx\r\n';

/**
 * A client that sets all the time, and connects again whenever its connection ends: it tells when it was served again after
 * that.
 */
export class Setter {
  readonly #port: number;
  #socket: Socket | undefined;
  /** Whether a connection has ended. */
  #wasBroken = false;

  /** Resolves when it was served for the first time. */
  static async start(port: number): Promise<Setter> {
    const setter = new Setter(port);
    while (!(await setter.#set())) await delay(PAUSE_MS);
    setter.#wasBroken = false;
    return setter;
  }

  private constructor(port: number) {
    this.#port = port;
  }

  /** When a set was stored after its connection had ended, by performance.now(); it ends with that. */
  async servedAgain(): Promise<number> {
    for (;;) {
      const isStored = await this.#set();
      if (isStored && this.#wasBroken) {
        this.#socket?.destroy();
        return performance.now();
      }
      await delay(PAUSE_MS);
    }
  }

  async #set(): Promise<boolean> {
    if (this.#socket?.destroyed === true) {
      this.#socket = undefined;
      this.#wasBroken = true;
    }
    const socket = this.#socket ?? (await this.#connect());
    if (socket === undefined) return false;
    socket.write(SET);
    const answer = await answerOf(socket);
    if (answer === 'STORED\r\n') return true;
    // An error, or its end: another connection is tried.
    socket.destroy();
    this.#socket = undefined;
    this.#wasBroken = true;
    return false;
  }

  async #connect(): Promise<Socket | undefined> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    try {
      await once(socket, 'connect');
    } catch {
      return undefined;
    }
    socket.on('error', () => {});
    this.#socket = socket;
    return socket;
  }
}

/** What comes within the patience of a client; undefined where nothing does, or the connection ends. */
async function answerOf(socket: Socket): Promise<string | undefined> {
  const ending = new AbortController();
  const { signal } = ending;
  const answers = [
    once(socket, 'data', { signal }).then(([data]) => String(data)),
    once(socket, 'close', { signal }).then(() => undefined),
    delay(PATIENCE_MS, undefined, { signal }),
  ];
  for (const each of answers) each.catch(() => {});
  try {
    return await Promise.race(answers);
  } catch {
    return undefined;
  } finally {
    ending.abort();
  }
}
