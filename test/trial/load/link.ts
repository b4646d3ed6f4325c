import net from 'node:net';

/** What was handed out, with its token where the answer has one. */
export interface Value {
  readonly body: string;
  readonly token: string;
}

/** One answer, whole. */
export interface Answer {
  /** Its last line: END behind values, else what is said. */
  readonly line: string;
  readonly values: readonly Value[];
  /** STAT lines before it. */
  readonly lines: readonly string[];
}

/**
 * A connection in the text protocol that knows of each request whether it was answered. One that is closed answers all
 * that it was still asked with undefined: nobody knows what became of it.
 */
export class Link {
  readonly #socket: net.Socket;
  readonly #waiting: ((answer: Answer | undefined) => void)[] = [];
  #received = '';
  #values: Value[] = [];
  #lines: string[] = [];
  #isClosed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#onData(text));
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#onClose());
  }

  /** Rejects where nobody listens. */
  static open(port: number): Promise<Link> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Link(socket)));
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  ask(request: string): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      if (this.#isClosed) {
        resolve(undefined);
        return;
      }
      this.#waiting.push(resolve);
      this.#socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #onClose(): void {
    this.#isClosed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  #onData(text: string): void {
    this.#received += text;
    for (let end = this.#received.indexOf('\r\n'); end >= 0; end = this.#received.indexOf('\r\n')) {
      const line = this.#received.slice(0, end);
      const value = /^VALUE \S+ \d+ (\d+)(?: (\d+))?$/.exec(line);
      if (value === null) {
        this.#received = this.#received.slice(end + 2);
        this.#onAnswer(line);
        continue;
      }
      const [, length, token = ''] = value;
      const begin = end + 2;
      const after = begin + Number(length);
      if (this.#received.length < after + 2) return;
      this.#values.push({ body: this.#received.slice(begin, after), token });
      this.#received = this.#received.slice(after + 2);
    }
  }

  #onAnswer(line: string): void {
    if (line.startsWith('STAT ')) {
      this.#lines.push(line);
      return;
    }
    const [values, lines] = [this.#values, this.#lines];
    this.#values = [];
    this.#lines = [];
    this.#waiting.shift()?.({ line, values, lines });
  }
}
