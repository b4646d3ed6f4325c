import { BinaryClient } from '../helpers/binary-client.ts';
import { TextClient } from '../helpers/text-client.ts';

/** No mutation of what the others send makes this name. */
export const HONEST_QUEUE = 'honest-cdb4d0';

/** Jobs that are always in the queue. */
const DEPTH = 10;
/** How long an answer may take before the client counts as not served. */
const PATIENCE_MS = 60_000;

/** A client that enqueues and takes numbered jobs all the time, in turns with text and binary, and checks their order. */
export class HonestClient {
  readonly #text: TextClient;
  readonly #binary: BinaryClient;
  readonly #done: Promise<void>;
  #stopped = false;
  /** What went wrong; nothing more is done then. */
  failure: Error | undefined;
  /** Jobs that came back as they should. */
  served = 0;

  static async start(port: number): Promise<HonestClient> {
    return new HonestClient(await TextClient.connect(port), await BinaryClient.connect(port));
  }

  private constructor(text: TextClient, binary: BinaryClient) {
    this.#text = text;
    this.#binary = binary;
    this.#done = this.#work().catch((error: Error) => {
      this.failure = error;
    });
  }

  /** Rejects with what went wrong, if anything did. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
    this.#text.close();
    this.#binary.close();
    if (this.failure !== undefined) throw this.failure;
  }

  async #work(): Promise<void> {
    for (let job = 0; !this.#stopped; job++) {
      const body = `job ${job}`;
      const answer =
        job % 2 > 0
          ? await inTime(this.#binary.set(HONEST_QUEUE, body))
          : await inTime(this.#text.set(HONEST_QUEUE, body));
      if (answer !== 0 && answer !== 'STORED') throw new Error(`${body} was answered ${answer}`);
      if (job < DEPTH) continue;
      const taken =
        job % 3 > 0
          ? await inTime(this.#text.getText(HONEST_QUEUE))
          : String(await inTime(this.#binary.get(HONEST_QUEUE)));
      if (taken !== `job ${job - DEPTH}`) throw new Error(`job ${job - DEPTH} was to come, it was: ${taken}`);
      this.served++;
    }
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
