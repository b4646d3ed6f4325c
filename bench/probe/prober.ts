import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Latency } from '../load/spec.ts';
import { percentiles } from '../statistics.ts';

const REQUEST = 'mn\r\n';
const ANSWER = Buffer.from('MN\r\n');
/** Between two requests, and between two looks at this process's own event loop, milliseconds. */
const INTERVAL_MS = 1;

/** How long a server took to answer, in milliseconds. */
export interface ProbeResult {
  latency: Latency;
  worst: number;
  /** Most that this process was late itself. */
  lag: number;
  answers: number;
  /** Bytes that belong to no right answer. */
  wrong: number;
}

/**
 * Asks a server every millisecond whether it is there, whether or not the last question has been answered: a pause
 * of its event loop is seen by all who would have had an answer meanwhile.
 */
export class Prober {
  readonly #socket: Socket;
  readonly #lag: IntervalHistogram = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  readonly #sentAt: number[] = [];
  readonly #times: number[] = [];
  #bytes = 0;
  #wrong = 0;
  #timer: NodeJS.Timeout | undefined;
  #allAnswered: (() => void) | undefined;

  private constructor(socket: Socket, onFailure: (error: Error) => void) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', onFailure);
    socket.on('close', () => onFailure(new Error('the server closed the connection')));
  }

  static async start(port: number, onFailure: (error: Error) => void): Promise<Prober> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const prober = new Prober(socket, onFailure);
    prober.#lag.enable();
    prober.#timer = setInterval(() => prober.#ask(), INTERVAL_MS);
    return prober;
  }

  /** Resolves once all that was asked is answered. */
  async stop(): Promise<ProbeResult> {
    clearInterval(this.#timer);
    const answered = new Promise<void>((resolve) => {
      this.#allAnswered = resolve;
    });
    this.#ask();
    await answered;
    this.#lag.disable();
    this.#socket.removeAllListeners();
    this.#socket.destroy();
    return {
      latency: percentiles(Float64Array.from(this.#times)),
      worst: this.#times.reduce((worst, time) => Math.max(worst, time)),
      lag: Math.max(0, this.#lag.max / 1e6 - INTERVAL_MS),
      answers: this.#times.length,
      wrong: this.#wrong,
    };
  }

  #ask(): void {
    this.#sentAt.push(performance.now());
    this.#socket.write(REQUEST);
  }

  #onData(bytes: Buffer): void {
    const now = performance.now();
    for (const byte of bytes) {
      if (byte !== ANSWER[this.#bytes++ % ANSWER.length]) this.#wrong++;
      if (this.#bytes % ANSWER.length === 0) this.#times.push(now - this.#sentAt[this.#times.length]);
    }
    if (this.#times.length === this.#sentAt.length) this.#allAnswered?.();
  }
}
