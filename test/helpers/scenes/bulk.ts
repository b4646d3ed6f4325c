import { TextClient } from '../text-client.ts';

/** Most requests that leave before the answers to them are read. */
const AT_ONCE = 500;

/** A connection whose requests leave in few packets; an answer that is an error is thrown. */
export class Bulk {
  readonly #client: TextClient;
  #requests: Buffer[] = [];

  private constructor(client: TextClient) {
    this.#client = client;
  }

  static async to(port: number): Promise<Bulk> {
    return new Bulk(await TextClient.connect(port));
  }

  /** `set`; texts are UTF-8. */
  async set(key: string | Buffer, body: string | Buffer, flags = 0): Promise<void> {
    const bytes = Buffer.from(body);
    await this.ask(
      Buffer.concat([Buffer.from('set '), Buffer.from(key), Buffer.from(` ${flags} 0 ${bytes.length}`)]),
      bytes,
    );
  }

  /** A line, and what stands behind it. */
  async ask(line: string | Buffer, ...rest: Buffer[]): Promise<void> {
    for (const part of [Buffer.from(line), ...rest]) this.#requests.push(part, Buffer.from('\r\n'));
    if (this.#requests.length >= AT_ONCE * 2) await this.done();
  }

  /** Takes what is next in a queue, and has it fail: for good, or until its backoff is over. */
  async fail(queue: string | Buffer, error: string | Buffer, how = '/final'): Promise<void> {
    const name = Buffer.from(queue);
    await this.ask(Buffer.concat([Buffer.from('get '), name, Buffer.from('/open')]));
    await this.set(Buffer.concat([name, Buffer.from(`/fail${how}`)]), error);
  }

  /** Resolves when everything is answered. */
  async done(): Promise<void> {
    const requests = Buffer.concat(this.#requests);
    this.#requests = [];
    const answers = await this.#client.exchange(requests);
    const error = /^.*(ERROR|NOT_STORED).*$/m.exec(answers)?.[0];
    if (error !== undefined) throw new Error(error);
  }

  close(): void {
    this.#client.close();
  }
}
