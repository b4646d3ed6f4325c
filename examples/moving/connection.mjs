import net from 'node:net';

/** A connection for protocols of lines and counted bodies: memcached's, kestrel's, beanstalkd's, Redis's. */
export class Connection {
  #address;
  #socket;
  #chunks;
  #received = Buffer.alloc(0);

  constructor(address, socket) {
    this.#address = address;
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** `address` is HOST:PORT, or the path of a unix socket. */
  static async open(address) {
    const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
    const socket = host === undefined ? net.connect(address) : net.connect(Number(port), host);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(address, socket);
  }

  /** Sends one line, and a body where there is one; the first line of the answer. */
  async ask(line, body) {
    const end = Buffer.from('\r\n');
    const parts = [Buffer.from(line), end, ...(body === undefined ? [] : [body, end])];
    this.#socket.write(Buffer.concat(parts));
    return this.line();
  }

  async line() {
    while (!this.#received.includes('\r\n')) await this.#more();
    return this.#take(this.#received.indexOf('\r\n') + 2)
      .toString()
      .trimEnd();
  }

  /** The next `length` bytes, without the end of line behind them. */
  async body(length) {
    while (this.#received.length < length + 2) await this.#more();
    return this.#take(length + 2).subarray(0, length);
  }

  close() {
    this.#socket.destroy();
  }

  async #more() {
    const { done, value } = await this.#chunks.next();
    if (done) throw new Error(`${this.#address} has closed the connection`);
    this.#received = Buffer.concat([this.#received, value]);
  }

  #take(length) {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }
}

/** A connection to memq. MEMQ_LOGIN, a name, a blank and a password, is the login where the server wants one. */
export async function openMemq(address) {
  const memq = await Connection.open(address);
  const login = process.env.MEMQ_LOGIN;
  if (login !== undefined) {
    const answer = await memq.ask(`set $login 0 0 ${Buffer.byteLength(login)}`, Buffer.from(login));
    if (answer !== 'STORED') throw new Error(`the login: ${answer}`);
  }
  return memq;
}

/** Stores a message; false when a job with its id waits or runs already. Throws what else memq answers. */
export async function store(memq, verb, key, flags, body) {
  const answer = await memq.ask(`${verb} ${key} ${flags} 0 ${body.length}`, body);
  if (answer === 'STORED') return true;
  if (answer === 'NOT_STORED') return false;
  throw new Error(`${key}: ${answer}`);
}
