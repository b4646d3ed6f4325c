import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { UnreachableError } from '../../shared/errors.ts';
import { printable } from '../../shared/printable.ts';
import type { ServerConfig } from '../config/config.ts';
import { shown } from './report.ts';

/** How long it may take, milliseconds. */
const PATIENCE_MS = 5000;
/** More than any state has, in the first line. */
const MOST_BYTES = 100;

/** What `/readyz` may say. */
const STATES = /^(?:ok|starting|stopping|disk-full|log-failed|no-leader|database-away|cannot-follow)$/;

/**
 * Asks the HTTP side of the server that runs by this configuration how it is: a part of a sentence, undefined where there is to be
 * none, or nobody knows where. Rejects with an UnreachableError where it was named and does not answer; the default address is
 * done without where another program has it.
 */
export async function checkHttp(config: ServerConfig): Promise<string | undefined> {
  const { http, httpPlace: place } = config;
  if (place === undefined || ('port' in place && place.port === 0)) return undefined;
  const isTls = 'host' in place && config.httpTls !== undefined;
  const url = 'path' in place ? `unix:${place.path}` : `${isTls ? 'https' : 'http'}://${hostPort(place)}`;
  try {
    const state = await ask(config, isTls);
    if (!STATES.test(state)) throw new Error(`what listens there says "${shown(printable(state))}"`);
    return `HTTP at ${url}${state === 'ok' ? '' : ` says ${state}`}`;
  } catch (error) {
    const why = `no HTTP at ${url}: ${(error as Error).message}`;
    if (http !== undefined) throw new UnreachableError(why);
    return why;
  }
}

function hostPort({ host, port }: { host: string; port: number }): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** What `/readyz` says. */
async function ask(
  { httpPlace: place, httpTls, httpBasePath }: ServerConfig,
  isTls: boolean,
): Promise<string> {
  const where = place !== undefined && 'path' in place ? { socketPath: place.path } : place;
  const send = isTls ? requestTls : requestPlain;
  const options = {
    ...where,
    path: `${httpBasePath ?? ''}/readyz`,
    agent: false,
    signal: AbortSignal.timeout(PATIENCE_MS),
    // It is no stranger that shows the certificate which is configured, whoever has signed that.
    rejectUnauthorized: false,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    send(options, resolve).on('error', reject).end(),
  );
  if (isTls) assertSame(response.socket as TLSSocket, httpTls?.cert as string);
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length > MOST_BYTES) break;
  }
  return (text.slice(0, MOST_BYTES).split('\n', 1)[0] as string).trim();
}

function assertSame(socket: TLSSocket, file: string): void {
  const { fingerprint256 } = new X509Certificate(readFileSync(file));
  if (socket.getPeerX509Certificate()?.fingerprint256 !== fingerprint256)
    throw new Error(`it shows another certificate than ${file}: if that was renewed, kill -HUP it`);
}
