import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What is sent behind every request to see the end of its answer, and how that is answered. */
const NOOP = 'mn\r\n';
const NOOP_ANSWER = 'MN\r\n';

interface Pending {
  resolve(text: string): void;
  reject(error: Error): void;
}

/** A connection to memq in the text protocol, for what is asked beside the load: one exchange at a time. */
export class TextConnection {
  readonly #socket: Socket;
  #received: string[] = [];
  /** The last characters received, at most as many as `NOOP_ANSWER` has. */
  #tail = '';
  #pending: Pending | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#onData(text));
    socket.on('error', (error) => this.#pending?.reject(error));
    socket.on('close', () => this.#pending?.reject(new Error('the server closed a connection')));
  }

  static async open(port: number): Promise<TextConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new TextConnection(socket);
  }

  /** All that is answered to `requests`, one character a byte; no answer may end like that to `mn`. */
  async exchange(requests: string): Promise<string> {
    const answer = new Promise<string>((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    this.#socket.write(requests + NOOP, 'latin1');
    return answer;
  }

  /** `stats [topic]`, by name. */
  async stats(topic = ''): Promise<Map<string, string>> {
    return parseStats(await this.exchange(`stats ${topic}\r\n`));
  }

  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.destroy();
  }

  #onData(text: string): void {
    this.#received.push(text);
    this.#tail = (this.#tail + text.slice(-NOOP_ANSWER.length)).slice(-NOOP_ANSWER.length);
    if (this.#tail !== NOOP_ANSWER) return;
    const answer = this.#received.join('').slice(0, -NOOP_ANSWER.length);
    this.#received = [];
    this.#tail = '';
    this.#pending?.resolve(answer);
    this.#pending = undefined;
  }
}

/** Takes the answer to `stats` apart. Throws if it is none. */
export function parseStats(answer: string): Map<string, string> {
  const lines = answer.split('\r\n');
  if (lines.at(-2) !== 'END') throw new Error(`stats was answered with ${lines.at(-2)}`);
  return new Map(lines.slice(0, -2).map((line) => parseStat(line)));
}

/** `STAT name value` */
function parseStat(line: string): [string, string] {
  const [, name, value] = line.split(' ');
  return [name, value];
}
