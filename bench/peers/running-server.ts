import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../../shared/errors.ts';
import { keepTrackOf, killGroup, makeDirectory, removeDirectory } from '../children.ts';
import { processorTime, residentMemory } from '../machine.ts';
import type { Peer } from './peer.ts';
import { accepts, freePort } from './ports.ts';

/** Milliseconds that a server has to accept connections, and to end when asked. */
const START_LIMIT = 60_000;
const STOP_LIMIT = 30_000;
const POLL_INTERVAL = 20;
/** Below its directory. */
const DATA = 'data';

/** A server started for the benchmark, listening on a free port with its data in a directory of its own. */
export class RunningServer {
  readonly peer: Peer;
  readonly port: number;
  readonly #directory: string;
  #child: ChildProcess;

  private constructor(peer: Peer, port: number, directory: string) {
    this.peer = peer;
    this.port = port;
    this.#directory = directory;
    this.#child = this.#spawn();
  }

  /** Resolves once it accepts connections; rejects with the server's last words if it does not. */
  static async start(peer: Peer, baseDirectory: string): Promise<RunningServer> {
    const directory = makeDirectory(baseDirectory);
    mkdirSync(join(directory, DATA));
    const server = new RunningServer(peer, await freePort(), directory);
    await server.#untilListening();
    return server;
  }

  /** Ends it and starts it again on its data; the seconds from that start until it accepts connections. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    await this.#end(signal);
    const start = performance.now();
    this.#child = this.#spawn();
    await this.#untilListening();
    return (performance.now() - start) / 1000;
  }

  /** Ends it; all that it has printed since its first start. Its data stay until `stop` is called. */
  async end(): Promise<string> {
    await this.#end();
    return this.#printed();
  }

  async stop(): Promise<void> {
    await this.#end();
    removeDirectory(this.#directory);
  }

  /** An error about a load on this server, together with what the server has to say about it. */
  explain(error: unknown): Error {
    const end = this.#child.signalCode ?? this.#child.exitCode;
    const state = this.#alive() ? 'still runs' : `ended by itself (${end})`;
    return new Error(`${errorMessage(error)}; ${this.peer.name} ${state}${this.#lastWords()}`, {
      cause: error,
    });
  }

  #spawn(): ChildProcess {
    const log = openSync(join(this.#directory, 'log'), 'a');
    const child = spawn(this.peer.command, this.peer.args(this.port, join(this.#directory, DATA)), {
      stdio: ['ignore', log, log],
      detached: true,
      cwd: this.#directory,
    });
    closeSync(log);
    return keepTrackOf(child);
  }

  /** Bytes of memory that it takes now, and that it took at most since its last start. */
  memory(): { now: number; most: number } {
    return residentMemory(this.#child.pid ?? 0);
  }

  /** Seconds of a processor that it has taken since its last start. */
  processorTime(): number {
    return processorTime(this.#child.pid ?? 0);
  }

  async #end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.#alive()) return;
    const exited = once(this.#child, 'exit');
    killGroup(this.#child, signal);
    const timer = setTimeout(() => killGroup(this.#child, 'SIGKILL'), STOP_LIMIT);
    await exited;
    clearTimeout(timer);
  }

  async #untilListening(): Promise<void> {
    const deadline = performance.now() + START_LIMIT;
    while (!(await accepts(this.port))) {
      if (!this.#alive() || performance.now() > deadline) {
        const lastWords = this.#lastWords();
        await this.stop();
        throw new Error(`${this.peer.name} did not start${lastWords}`);
      }
      await delay(POLL_INTERVAL);
    }
  }

  #lastWords(): string {
    const words = this.#printed().slice(-2000).trim();
    return words === '' ? '' : `:\n${words}`;
  }

  #printed(): string {
    return readFileSync(join(this.#directory, 'log'), 'utf8');
  }

  #alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
