import { once } from 'node:events';
import net from 'node:net';

/** A message as a read with `/info` shows it. */
export interface Job {
  readonly queue: string;
  readonly id: string;
  readonly attempt: number;
  readonly last?: true;
  readonly deaths?: number;
  readonly enqueued: number;
  readonly error?: string;
  readonly failed?: number;
  readonly by?: unknown;
  readonly dead?: unknown;
  readonly body: string;
}

/** What `get q/id=K` tells of a job. */
export interface Status {
  readonly progress?: unknown;
  readonly id: string;
  readonly queue: string;
  readonly state: string;
  readonly attempts: number;
  readonly priority: number;
  readonly enqueued: number;
  readonly due?: number;
  readonly held?: string;
  readonly started?: number;
  readonly ended?: number;
  readonly error?: string;
  readonly earlier_error?: string;
  readonly by?: unknown;
  readonly result?: string;
  readonly result_base64?: string;
  readonly every?: number;
  readonly last?: { readonly state: string; readonly ended: number; readonly error?: string };
  readonly message: string;
}

/** In place of a line, where there is none any more. */
const CLOSED = 'closed';

/** A raw connection: sends bytes as they are and waits for exactly the bytes that are expected. */
export class TextClient {
  readonly #port: number;
  #socket!: net.Socket;
  /** What was received and not read, and how many bytes that is. */
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async connect(port: number): Promise<TextClient> {
    const client = new TextClient(port);
    await client.reconnect();
    return client;
  }

  /** Closes the connection and makes another one, to the server that is there now. */
  async reconnect(): Promise<void> {
    this.#socket?.destroy();
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    this.#socket = socket;
    this.#chunks = [];
    this.#length = 0;
    this.#ended = false;
    socket.on('data', (chunk: Buffer) => {
      if (this.#socket !== socket) return;
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake?.();
    });
    const end = () => {
      if (this.#socket !== socket) return;
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', () => {});
  }

  get socket(): net.Socket {
    return this.#socket;
  }

  send(data: string | Buffer): void {
    this.socket.write(data);
  }

  /** The next `length` bytes; fewer when the server closes before. */
  async bytes(length: number): Promise<Buffer> {
    await this.#until(() => this.#length >= length);
    return this.#take(Math.min(length, this.#length));
  }

  /** The next line without its end; undefined when the server has closed. */
  async line(): Promise<string | undefined> {
    await this.#until(() => this.#received.includes('\r\n'));
    const end = this.#received.indexOf('\r\n');
    if (end < 0) return undefined;
    const line = this.#take(end + 2);
    return line.subarray(0, end).toString('latin1');
  }

  /** Sends a command that is answered with one line. */
  async ask(command: string | Buffer): Promise<string | undefined> {
    this.send(command);
    this.send('\r\n');
    return this.line();
  }

  /**
   * All that is answered to `commands`, as latin1; CRLF is written LF. A `mn` is sent behind them, so this ends
   * only when the server has answered everything and is in step.
   */
  async exchange(commands: string | Buffer): Promise<string> {
    this.send(commands);
    this.send('mn\r\n');
    const lines = await this.#linesUpTo('MN');
    return lines.join('\n');
  }

  /** `set`; the line it is answered with. */
  async set(key: string, body: string | Buffer, flags = 0, exptime = 0): Promise<string | undefined> {
    const bytes = Buffer.from(body);
    this.send(
      Buffer.concat([Buffer.from(`set ${key} ${flags} ${exptime} ${bytes.length}\r\n`, 'latin1'), bytes]),
    );
    return this.ask('');
  }

  /** `get`: the bodies that came before END, or the error line. Keys are latin1, one character a byte. */
  async get(keys: string): Promise<Buffer[] | string> {
    this.send(Buffer.from(`get ${keys}\r\n`, 'latin1'));
    return this.values();
  }

  /** The values up to END; what is no value is returned as the line it is, the end of the connection as 'closed'. */
  async values(): Promise<Buffer[] | string> {
    const bodies: Buffer[] = [];
    for (;;) {
      const line = await this.line();
      if (line === 'END') return bodies;
      const match = /^VALUE \S+ \d+ (\d+)/.exec(line ?? '');
      if (match === null) return line ?? CLOSED;
      const body = await this.bytes(Number(match[1]) + 2);
      bodies.push(body.subarray(0, -2));
    }
  }

  /** One body as text, or the error line; undefined when there was none. Rejects when the server closes before. */
  async getText(key: string): Promise<string | undefined> {
    const values = await this.get(key);
    if (values === CLOSED)
      throw new Error(`the server has closed the connection before it answered: get ${key}`);
    return typeof values === 'string' ? values : values[0]?.toString('utf8');
  }

  /** Takes everything that waits, in its order. Rejects when that is refused. */
  async drain(queue = 'q'): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const values = await this.get(queue);
      // Else it would be taken for a message, without an end.
      if (typeof values === 'string') throw new Error(`get ${queue} was answered: ${values}`);
      if (values.length === 0) return bodies;
      bodies.push(...values.map((body) => body.toString('utf8')));
    }
  }

  /** A figure of a queue, by the name that `stats queues` has for it. */
  async figure(name: string): Promise<string | undefined> {
    return (await this.stats('queues')).get(name);
  }

  /** A read with `/info`: what it says and the body; undefined for none. */
  async getJob(key: string): Promise<Job | undefined> {
    const answer = await this.getText(key);
    if (answer === undefined) return undefined;
    const end = answer.indexOf('\n');
    return { ...(JSON.parse(answer.slice(0, end)) as Omit<Job, 'body'>), body: answer.slice(end + 1) };
  }

  /** The status of a job, `q/id=K`; undefined for none. */
  async getStatus(key: string): Promise<Status | undefined> {
    const answer = await this.getText(key);
    return answer === undefined ? undefined : (JSON.parse(answer) as Status);
  }

  /** Lets some time pass: delays that were as long, or shorter, and began before, are over then. */
  async pass(seconds: number): Promise<void> {
    await this.set(`clock/delay=${seconds}`, '');
    await this.get('clock/t=60000');
  }

  /** `stats [what]` as a map. */
  async stats(what = ''): Promise<Map<string, string>> {
    this.send(`stats ${what}\r\n`);
    const lines = await this.#linesUpTo('END');
    return new Map(lines.map((line) => line.split(' ').slice(1, 3) as [string, string]));
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    await this.#until(() => false);
    return this.#take(this.#length);
  }

  close(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #until(enough: () => boolean): Promise<void> {
    while (!enough() && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
  }

  /** The lines before this one, which is the last that the server sends until it is asked again. */
  async #linesUpTo(last: string): Promise<string[]> {
    const [whole, end] = [`${last}\r\n`, `\r\n${last}\r\n`];
    const isThere = (text: Buffer) =>
      text.length === whole.length
        ? text.toString('latin1') === whole
        : text.subarray(-end.length).toString('latin1') === end;
    await this.#until(() => isThere(this.#received));
    const text = this.#take(this.#length);
    if (!isThere(text)) throw new Error(`the server has closed the connection after: ${text}`);
    return text.toString('latin1').split('\r\n').slice(0, -2);
  }

  get #received(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0];
  }

  #take(length: number): Buffer {
    const received = this.#received;
    this.#chunks = [received.subarray(length)];
    this.#length -= length;
    return received.subarray(0, length);
  }
}
