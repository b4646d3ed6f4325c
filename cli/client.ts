import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Problem } from '../server/http/schemas/common.ts';
import {
  ConfigError,
  errorCode,
  errorMessage,
  UnreachableError,
  WrongServerError,
} from '../shared/errors.ts';
import { ProblemError } from './errors.ts';

export const DEFAULT_URL = 'http://127.0.0.1:22202';
/** How long the server may be silent, milliseconds, beyond what it was asked to wait. */
const SILENCE_MS = 30_000;

export interface ClientOptions {
  /** `http(s)://[user:password@]host[:port][/base]`, or `unix:/path`. */
  readonly url: string;
  readonly token: string | undefined;
  /** A PEM file with the authority that signed the server's certificate. */
  readonly cacert: string | undefined;
}

export interface Request {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** What is neither text nor bytes is sent as JSON. */
  readonly body?: unknown;
  readonly type?: string;
  /** How long the server was asked to wait, milliseconds. */
  readonly waitMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks a server over its HTTP API. Not `fetch`: Node 20's knows no unix sockets. */
export class Client {
  /** Without a password that may be in it. */
  readonly url: string;
  readonly #target: http.RequestOptions;
  readonly #base: string;
  readonly #request: typeof http.request;

  /** @throws ConfigError for a URL that is none, or a file that cannot be read */
  constructor({ url, token, cacert }: ClientOptions) {
    this.url = url.replace(/\/\/[^/]*@/, '//...@');
    const [, socketPath] = /^unix:(.+)$/.exec(url) ?? [];
    const { protocol, hostname, port, pathname, username, password } = parseUrl(
      socketPath === undefined ? url : 'http://localhost',
    );
    const login =
      username === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const basic = login && `Basic ${Buffer.from(login).toString('base64')}`;
    const authorization = token === undefined ? basic : `Bearer ${token}`;
    this.#request = protocol === 'https:' ? https.request : http.request;
    this.#base = pathname.replace(/\/+$/, '');
    this.#target = {
      ...(socketPath === undefined ? { host: hostname.replace(/^\[|\]$/g, ''), port } : { socketPath }),
      headers: { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      ...(cacert === undefined ? {} : { ca: readPem(cacert) }),
    };
  }

  /**
   * An answer as JSON; what is in it is not looked at. Undefined where it is empty.
   *
   * @throws UnreachableError, or ProblemError where the server refuses
   */
  async call<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const answer = await this.send(method, `/api/v1${path}`, request);
    if (answer.status === 204) return undefined as T;
    const json = jsonOf(answer);
    if (json === undefined) throw this.#stranger(answer);
    return json as T;
  }

  get<T>(path: string, query: Request['query'] = {}): Promise<T> {
    return this.call<T>('GET', path, { query });
  }

  /** All of a list, page after page, up to `most` items. */
  async *items<T>(
    path: string,
    query: Request['query'] = {},
    most = Number.POSITIVE_INFINITY,
  ): AsyncIterable<T> {
    let left = most;
    for (let cursor: string | undefined; left > 0; ) {
      const limit = Math.min(left, 500);
      const page = await this.get<{ items: T[]; next: string | null }>(path, { ...query, limit, cursor });
      yield* page.items;
      left -= page.items.length;
      if (page.next === null) return;
      cursor = page.next;
    }
  }

  /** @throws as `call` */
  async send(method: string, path: string, request: Request = {}): Promise<Answer> {
    const answer = await this.#ask(method, path, request);
    if (answer.status < 300) return answer;
    const json = jsonOf(answer);
    // What is no problem of memq's comes from something else: a proxy, or another program.
    if (typeof (json as Problem | undefined)?.code !== 'string') throw this.#stranger(answer);
    throw new ProblemError(json as Problem);
  }

  #stranger({ status }: Answer): WrongServerError {
    return new WrongServerError(
      `${this.url} answers ${status}, but not as memq does: see whether MEMQ_URL or --url is the HTTP address of memq-server`,
    );
  }

  /** An answer whatever its status is. */
  #ask(method: string, path: string, { query = {}, body, type, waitMs = 0 }: Request): Promise<Answer> {
    const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const bytes = isPlain ? body : JSON.stringify(body);
    const contentType = type ?? (isPlain ? 'application/octet-stream' : 'application/json');
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(
      pairs.map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const headers = {
      ...this.#target.headers,
      ...(bytes === undefined
        ? {}
        : { 'content-type': contentType, 'content-length': Buffer.byteLength(bytes) }),
    };
    const full = `${this.#base}${path}${search === '' ? '' : `?${search}`}`;
    return new Promise((resolve, reject) => {
      const unreachable = (error: Error) => reject(new UnreachableError(whyUnreachable(this.url, error)));
      const sent = this.#request({ ...this.#target, method, path: full, headers }, async (response) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of response) chunks.push(chunk as Buffer);
        } catch (error) {
          unreachable(error as Error);
          return;
        }
        resolve({
          status: response.statusCode as number,
          headers: response.headers,
          body: Buffer.concat(chunks),
        });
      });
      sent.setTimeout(SILENCE_MS + waitMs, () => sent.destroy(new Error('it does not answer')));
      sent.on('error', unreachable);
      sent.end(bytes);
    });
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  const shown = text.replace(/\/\/[^/]*@/, '//...@');
  throw new ConfigError(
    `"${shown}" is no URL of a server: write http://HOST:PORT, https://HOST/BASE or unix:/PATH`,
  );
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(`--cacert ${file}: ${errorMessage(error)}`);
  }
}

/** What an answer says; undefined where that is no JSON. */
function jsonOf({ headers, body }: Answer): unknown {
  if (!/json/.test(headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** `shown`: the URL, without a password. */
function whyUnreachable(shown: string, error: Error): string {
  const code = errorCode(error) ?? '';
  return `no server at ${shown} (${error.message || code}): ${whatToDo(code)}`;
}

function whatToDo(code: string): string {
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return 'start memq-server, or name its HTTP address with MEMQ_URL or --url';
  if (/CERT|SIGNATURE/.test(code)) return 'name the authority that signed its certificate with --cacert';
  return 'see whether MEMQ_URL or --url is its HTTP address';
}
