import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { until } from '../until.ts';

/** How a page is looked at. */
export interface ViewOptions {
  readonly width?: number;
  readonly height?: number;
  /** What the system wants; light where nothing is said. */
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en-US' | 'zh-CN';
  readonly reducedMotion?: boolean;
  readonly login?: { readonly username: string; readonly password: string };
  /** In another tab of this one's browser, which has all of the options above. */
  readonly beside?: View;
  /** Problems that the test expects. */
  readonly expected?: readonly RegExp[];
}

/** Whatever a test waits for comes within that, milliseconds, on a machine that is busy with other things as well. */
const MOST_MS = 240_000;
/** What does not end as long as the page is there. */
const STREAM = /\/api\/v1\/live\?/;
/** Shifts of the layout that nobody's input has brought about, as they come. */
const OBSERVER = readFileSync(new URL('layout-shifts.js', import.meta.url), 'utf8');

/** A page in a browser, and what is wrong with it. */
export class View {
  readonly page: Page;
  /** All that a page should not do, a line each; addresses of its own server begin with `/`. */
  readonly problems: string[] = [];
  /** Bytes that came over the wire, with heads, by the ids of requests. */
  readonly #bytes = new Map<string, number>();
  readonly #expected: RegExp[];
  /** Requests that are under way, but for streams. */
  readonly #underWay = new Set<Request>();

  /** Opens an address; resolves when its document and all that this names is loaded. */
  static async open(browser: Browser, url: string, options: ViewOptions = {}): Promise<View> {
    const context = options.beside?.page.context() ?? (await browser.newContext(contextOptions(options)));
    context.setDefaultTimeout(MOST_MS);
    const view = new View(await context.newPage(), new URL(url).origin, options);
    await view.#measure();
    await view.page.goto(url);
    return view;
  }

  private constructor(page: Page, origin: string, { expected = [] }: ViewOptions) {
    this.page = page;
    this.#expected = [...expected];
    const tell = (text: string) => this.problems.push(text.replaceAll(`${origin}/`, '/'));
    page.on('console', (message) => {
      const text = message.text();
      // Of what failed to load the answer tells more.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) tell(`console: ${text}`);
    });
    page.on('pageerror', (error) => tell(`thrown: ${error.stack ?? error}`));
    page.on('crash', () => tell('the page has crashed'));
    page.on('dialog', async (dialog) => {
      tell(`${dialog.type()}: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on('websocket', (socket) => tell(`web socket: ${socket.url()}`));
    page.on('request', (request) => {
      if (!STREAM.test(request.url())) this.#underWay.add(request);
      const { protocol, origin: to } = new URL(request.url());
      if (to !== origin && protocol !== 'data:' && protocol !== 'blob:') tell(`elsewhere: ${request.url()}`);
    });
    page.on('requestfinished', (request) => this.#underWay.delete(request));
    page.on('requestfailed', (request) => {
      this.#underWay.delete(request);
      const why = request.failure()?.errorText ?? '';
      // The page itself, or its end, has ended it.
      if (why !== 'net::ERR_ABORTED') tell(`failed: ${request.method()} ${request.url()} ${why}`);
    });
    page.on('response', (response) => {
      const status = response.status();
      if (status >= 400) tell(`answer: ${status} ${response.request().method()} ${response.url()}`);
    });
  }

  /** Resolves when it has a title, and nothing is being loaded for it. */
  async settled(): Promise<void> {
    await this.page.locator('main h1').waitFor();
    const isBusy = () => this.page.evaluate(`document.querySelector('main [aria-busy=true]') !== null`);
    await until(async () => this.#underWay.size === 0 && !(await isBusy()) && this.#underWay.size === 0);
    await this.page.evaluate('document.fonts.ready.then(() => {})');
  }

  /** Problems like this one are no problem from now on, nor were they before. */
  expect(...patterns: readonly RegExp[]): void {
    this.#expected.push(...patterns);
  }

  /** Those that nobody has expected. */
  get unexpected(): readonly string[] {
    return this.problems.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
  }

  /** Bytes over the wire, of all requests since it was opened, with the heads of their answers. */
  get transferred(): number {
    return [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** How much the layout has shifted since the document was loaded, by itself; and what has. */
  async layoutShift(): Promise<{ readonly sum: number; readonly moved: readonly string[] }> {
    return this.page.evaluate('layoutShifts()');
  }

  async #measure(): Promise<void> {
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send('Network.enable');
    // Of a stream, which does not end, each part; of all others the whole, in which the head is.
    devtools.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      this.#bytes.set(requestId, (this.#bytes.get(requestId) ?? 0) + encodedDataLength);
    });
    devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      this.#bytes.set(requestId, encodedDataLength);
    });
    await this.page.addInitScript(OBSERVER);
  }
}

function contextOptions(options: ViewOptions): BrowserContextOptions {
  const { width = 1280, height = 800, theme = 'light', language = 'en-US', reducedMotion, login } = options;
  return {
    viewport: { width, height },
    colorScheme: theme,
    locale: language,
    // Not that of the server's times.
    timezoneId: 'Europe/Berlin',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    ...(login && { httpCredentials: login }),
  };
}
