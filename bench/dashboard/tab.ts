import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page, Polled } from './page.ts';

/** Connections of a browser to one server. */
const CONNECTIONS = 6;
/** What the document of the pages names. */
const ASSET = /(?:src|href)="(\.\/assets\/[^"]+)"/g;

/** A visible tab of the dashboard, without the browser: it loads the pages, has a stream, and polls with If-None-Match. */
export class Tab {
  readonly #url: string;
  readonly #page: Page;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #closed = new AbortController();
  #work: Promise<void>[] = [];
  /** Answers and events so far, and answers that were not as they have to be. */
  answers = 0;
  wrong = 0;
  /** Polls that the server had no time for, and said so. */
  refused = 0;

  private constructor(url: string, page: Page) {
    this.#url = url;
    this.#page = page;
  }

  /** Resolves once the page is loaded, and the stream and the polls have begun. */
  static async open(url: string, page: Page): Promise<Tab> {
    const tab = new Tab(url, page);
    await tab.#load();
    tab.#work = [tab.#follow(), ...page.polls.map((polled) => tab.#poll(polled))];
    return tab;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#work);
    this.#agent.destroy();
  }

  async #load(): Promise<void> {
    const document = await this.#get('/', { 'accept-encoding': 'identity' });
    const assets = [...(await this.#textOf(document, 200)).matchAll(ASSET)].map(([, path]) => path as string);
    if (assets.length === 0) throw new Error('the server has no pages: build them first');
    for (const path of assets)
      await this.#textOf(await this.#get(path.slice(1), { 'accept-encoding': 'br' }), 200);
    await this.#textOf(await this.#get('/api/v1/server'), 200);
  }

  async #follow(): Promise<void> {
    const topics = encodeURIComponent(this.#page.topics.join());
    const stream = await this.#get(`/api/v1/live?topics=${topics}`, { accept: 'text/event-stream' });
    if (stream.statusCode !== 200) this.wrong++;
    stream.on('data', () => this.answers++);
    // Only the tab's own end may end it.
    await once(stream, 'close');
    if (!this.#closed.signal.aborted) this.wrong++;
  }

  async #poll({ path, periodMs }: Polled): Promise<void> {
    let etag: string | undefined;
    while (!this.#closed.signal.aborted) {
      const headers = etag === undefined ? {} : { 'if-none-match': etag };
      const answer = await this.#get(`/api/v1${path}`, headers);
      await this.#textOf(answer, 200, 304, 503);
      if (answer.statusCode === 503) this.refused++;
      else etag = answer.headers.etag;
      await delay(periodMs, undefined, { signal: this.#closed.signal }).catch(() => {});
    }
  }

  async #get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
    const { signal } = this.#closed;
    const asked: ClientRequest = request(this.#url + path, { agent: this.#agent, headers, signal }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    // The tab's end ends what is under way.
    asked.on('error', () => {});
    answer.on('error', () => {});
    return answer;
  }

  async #textOf(answer: IncomingMessage, ...expected: number[]): Promise<string> {
    const body = await text(answer);
    this.answers++;
    if (!expected.includes(answer.statusCode ?? 0)) this.wrong++;
    return body;
  }
}
