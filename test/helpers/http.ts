import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of a problem. */
  readonly code: string | undefined;
}

export interface HttpRequest extends RequestOptions {
  readonly body?: string | Uint8Array;
  /** A password of a user: `name:password`. */
  readonly basic?: string;
  readonly bearer?: string;
  readonly rejectUnauthorized?: boolean;
}

/** One request as it is given, on a connection of its own; `url` may be `unix:/path`. */
export function ask(url: string, path: string, options: HttpRequest = {}): Promise<HttpAnswer> {
  const { body, basic, bearer, headers, ...rest } = options;
  const socketPath = /^unix:(.*)/.exec(url)?.[1];
  const target = new URL(socketPath === undefined ? url : 'http://localhost');
  const login =
    basic === undefined
      ? bearer && { authorization: `Bearer ${bearer}` }
      : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
  const where =
    socketPath === undefined
      ? { host: target.hostname.replace(/[[\]]/g, ''), port: target.port }
      : { socketPath };
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(
      {
        ...where,
        agent: false,
        path: target.pathname.replace(/\/$/, '') + path,
        ...rest,
        headers: { ...login, ...(headers as Record<string, string>) },
      },
      async (response) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of response) chunks.push(chunk);
        } catch (error) {
          reject(error);
        }
        const text = Buffer.concat(chunks).toString();
        const isProblem = response.headers['content-type'] === 'application/problem+json';
        const code = isProblem && text !== '' ? (JSON.parse(text).code as string) : undefined;
        resolve({ status: response.statusCode as number, headers: response.headers, text, code });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
