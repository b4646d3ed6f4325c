import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

interface Options {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is neither text nor bytes is sent as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // What a test expects of it, it says itself.
  // biome-ignore lint/suspicious/noExplicitAny: it is parsed JSON
  readonly json: any;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>
  >;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** A client of the HTTP API that holds every answer against the server's own OpenAPI document. */
export class ApiClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: false });
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #checks = new Map<string, ValidateFunction>();
  #paths: Paths = {};

  /** `url`: of the server, or `unix:/path`. */
  static async of(url: string, headers: Readonly<Record<string, string>> = {}): Promise<ApiClient> {
    const client = new ApiClient(url, headers);
    const document = (await client.raw('/api/openapi.json')).json;
    addFormats.default(client.#ajv);
    client.#ajv.addSchema(document, 'document');
    client.#paths = document.paths;
    return client;
  }

  private constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#headers = headers;
  }

  /** A request below `/api/v1`, whose answer has to be as the document says. */
  async call(path: string, options: Options = {}): Promise<Answer> {
    const answer = await this.raw(`/api/v1${path}`, options);
    this.#check((options.method ?? 'GET').toLowerCase(), `/api/v1${path.split('?')[0]}`, answer);
    return answer;
  }

  get(path: string): Promise<Answer> {
    return this.call(path);
  }
  post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.call(path, { method: 'POST', body, headers });
  }
  put(path: string, body?: unknown): Promise<Answer> {
    return this.call(path, { method: 'PUT', body });
  }
  delete(path: string): Promise<Answer> {
    return this.call(path, { method: 'DELETE' });
  }

  /** A request to any path, whose answer is not looked at. */
  raw(path: string, { method = 'GET', headers = {}, body }: Options = {}): Promise<Answer> {
    const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const bytes = isPlain ? body : JSON.stringify(body);
    const socketPath = /^unix:(.*)/.exec(this.#url)?.[1];
    const target = socketPath === undefined ? new URL(this.#url) : new URL('http://localhost');
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          ...(socketPath === undefined
            ? { host: target.hostname.replace(/[[\]]/g, ''), port: target.port }
            : { socketPath }),
          path: `${target.pathname.replace(/\/$/, '')}${path}`,
          method,
          headers: {
            ...(isPlain ? {} : { 'content-type': 'application/json' }),
            ...this.#headers,
            ...headers,
          },
        },
        async (response) => {
          const chunks: Buffer[] = [];
          try {
            for await (const chunk of response) chunks.push(chunk);
          } catch (error) {
            reject(error);
          }
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          const status = response.statusCode as number;
          resolve({ status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined });
        },
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  }

  #check(method: string, path: string, { status, headers, json, text }: Answer): void {
    const found = Object.keys(this.#paths).filter((each) => fits(each, path));
    // The one with the fewest parameters is the one that the router takes.
    const template = found.sort((a, b) => a.split('{').length - b.split('{').length)[0];
    expect(template, `${path} is in the document`).toBeDefined();
    const operation = this.#paths[template as string]?.[method];
    if (operation === undefined) {
      expect([404, 405], `${method} ${path} is not in the document: ${text}`).toContain(status);
      return;
    }
    const response = operation.responses[status] ?? operation.responses.default;
    expect(response, `${method} ${path}: ${status} is in the document: ${text}`).toBeDefined();
    const type = headers['content-type']?.split(';')[0] ?? '';
    if (response?.content === undefined) {
      expect(text).toBe('');
      return;
    }
    expect(Object.keys(response.content)).toContain(type);
    if (json === undefined) return;
    const pointer = [
      'paths',
      template,
      method,
      'responses',
      operation.responses[status] ? status : 'default',
      'content',
      type,
      'schema',
    ];
    const place = `document#/${pointer.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const check = this.#checks.get(place) ?? this.#ajv.compile({ $ref: place });
    this.#checks.set(place, check);
    expect(check(json), `${method} ${path}: ${JSON.stringify(check.errors)} in ${text}`).toBe(true);
  }
}

function fits(template: string, path: string): boolean {
  const parts = template.split('/');
  const given = path.split('/');
  return parts.length === given.length && parts.every((part, i) => part.startsWith('{') || part === given[i]);
}
