import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Beyond every wait that is asked of a client, and below the time a test has. */
const REPLY_TIMEOUT_MS = 20_000;

/**
 * A process that holds one client and does what it is told, one line a request and one line a reply. Values are
 * written in base64, `-` for none.
 *
 *     set KEY VALUE          ok
 *     get KEY                ok VALUE, or no
 *     many KEY...            ok VALUE...
 *     delete KEY             ok, or no
 *     stat NAME; version     ok VALUE
 *     set-own KEY            ok: stored a value of the client's own (a structure or its own flags, compressed)
 *     get-own KEY            ok when that value came back, or no
 *
 * Everything may be answered with `error TEXT`, or `unsupported` where the client has no such call.
 */
export class Driver {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #replies: AsyncIterator<string>;
  #stderr = '';

  constructor([command, ...args]: readonly [string, ...string[]], port: number) {
    this.#process = spawn(
      command,
      args.map((arg) => (arg === 'PORT' ? String(port) : arg)),
      { stdio: 'pipe' },
    );
    // A process that has ended takes no more requests; that it has ended is what `#ask` reports.
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#replies = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async set(key: string, value: Buffer | string): Promise<void> {
    await this.#must('set', key, Buffer.from(value).toString('base64'));
  }

  async get(key: string): Promise<Buffer | undefined> {
    const reply = await this.#ask('get', key);
    return reply === 'no' ? undefined : decode(expectOk(reply, 'get')[0]);
  }

  async many(keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    return (await this.#must('many', ...keys)).map(decode);
  }

  /** Whether there was something to delete. */
  async delete(key: string): Promise<boolean> {
    const reply = await this.#ask('delete', key);
    if (reply !== 'no') expectOk(reply, 'delete');
    return reply !== 'no';
  }

  async stat(name: string): Promise<string> {
    return String(decode((await this.#must('stat', name))[0]));
  }

  async version(): Promise<string> {
    return String(decode((await this.#must('version'))[0]));
  }

  async setOwn(key: string): Promise<void> {
    await this.#must('set-own', key);
  }

  async getOwn(key: string): Promise<void> {
    await this.#must('get-own', key);
  }

  /** As a crash: nothing is said to the server but that the connection is gone. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async #must(verb: string, ...words: string[]): Promise<string[]> {
    return expectOk(await this.#ask(verb, ...words), verb);
  }

  async #ask(verb: string, ...words: string[]): Promise<string> {
    this.#process.stdin.write(`${[verb, ...words].join(' ')}\n`);
    let isLate = false;
    // Killed, for a reply that came later would be taken for that of the next request.
    const timer = setTimeout(() => {
      isLate = true;
      this.#process.kill('SIGKILL');
    }, REPLY_TIMEOUT_MS);
    const reply = await this.#replies.next();
    clearTimeout(timer);
    if (reply.done) await this.kill();
    const what = `${verb} ${words[0] ?? ''}`;
    if (isLate) throw new Error(`${what}: the client did not answer within ${REPLY_TIMEOUT_MS} ms`);
    if (reply.done) throw new Error(`${what}: the client's process ended: ${this.#stderr}`);
    return reply.value;
  }
}

function expectOk(reply: string, verb: string): string[] {
  const [first, ...rest] = reply.split(' ');
  if (first !== 'ok') throw new Error(`${verb}: ${reply}`);
  return rest;
}

function decode(word: string | undefined): Buffer | undefined {
  return word === undefined || word === '-' ? undefined : Buffer.from(word, 'base64');
}
