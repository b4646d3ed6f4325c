import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorMessage } from '../../shared/errors.ts';
import type { HttpFrame } from './frame.ts';
import { Problem } from './problem.ts';
import type { Middleware } from './router.ts';

/** What is about one connection alone (RFC 9110, section 7.6.1). What a body's length is is said by `transfer-encoding`, too. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'],
]);

/** Answers that have none, whatever was asked. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Passes requests on to the server that leads, as they came, but those that each server answers itself. `connect`: to the leader's
 * HTTP, for what comes from such a client; undefined where none is known. The leader decides who may ask for what.
 */
export function forward(
  { stopping }: HttpFrame,
  own: ReadonlySet<string>,
  connect: (client: Socket) => Socket | undefined,
): Middleware {
  /** Those that have no end of their own, which a stop would wait for. */
  const streams = new Set<IncomingMessage>();
  stopping.addEventListener('abort', () => {
    for (const stream of streams) stream.destroy();
  });
  return async ({ req, env }, next) => {
    if (own.has(req.path) || stopping.aborted) return next();
    const incoming = env.incoming as IncomingMessage;
    const outgoing = env.outgoing as ServerResponse;
    const socket = connect(incoming.socket);
    if (socket === undefined) return next();
    const answer = await answerOf(incoming, outgoing, socket);
    if (/^text\/event-stream\b/.test(answer.headers['content-type'] ?? '')) {
      streams.add(answer);
      answer.once('close', () => streams.delete(answer));
    }
    answer.once('close', () => {
      // What is cut off is not to look whole.
      if (!answer.complete) outgoing.destroy();
    });
    return responseOf(answer, incoming.method);
  };
}

/** What the leader answers, as soon as it begins to. Rejects with a Problem. */
function answerOf(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  socket: Socket,
): Promise<IncomingMessage> {
  const { method, url: path } = incoming;
  return new Promise((resolve, reject) => {
    const asked = ask({ method, path, headers: headersFor(incoming), createConnection: () => socket });
    asked.once('response', (answer) => resolve(answer.on('error', () => {})));
    asked.on('error', (error) => {
      incoming.unpipe(asked);
      const detail = `the leader was asked, and did not answer: ${errorMessage(error)}`;
      reject(new Problem(503, 'leader-lost', detail, { retryAfterSeconds: 1 }));
    });
    outgoing.once('close', () => asked.destroy());
    incoming.pipe(asked);
  });
}

function responseOf(answer: IncomingMessage, method: string | undefined): Response {
  const { statusCode: status = 502, rawHeaders } = answer;
  const headers = withoutConnection(rawHeaders).filter(([name]) => name !== 'transfer-encoding');
  if (method !== 'HEAD' && !WITHOUT_BODY.has(status))
    return new Response(bodyOf(answer), { status, headers });
  answer.resume();
  return new Response(null, { status, headers });
}

function bodyOf(answer: IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      answer.on('data', (chunk: Buffer) => {
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) answer.pause();
      });
      answer.once('end', () => controller.close());
    },
    pull() {
      answer.resume();
    },
    cancel() {
      answer.destroy();
    },
  });
}

/** All that a client has sent; a host, and the length of nothing, where an old one has left them out. */
function headersFor({ rawHeaders, headers, method = 'GET' }: IncomingMessage): string[] {
  const passed = withoutConnection(rawHeaders);
  if (headers.host === undefined) passed.push(['host', 'localhost']);
  const hasLength = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (!hasLength && method !== 'GET' && method !== 'HEAD') passed.push(['content-length', '0']);
  return passed.flat();
}

function withoutConnection(raw: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!OF_CONNECTION.has(name)) pairs.push([name, raw[i + 1]!]);
  }
  return pairs;
}
