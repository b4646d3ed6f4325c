import type { Command } from 'commander';
import { ConfigError } from '../shared/errors.ts';
import { Client, DEFAULT_URL } from './client.ts';
import { Output } from './output.ts';

interface GlobalOptions {
  readonly url?: string;
  readonly cacert?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

/** What a verb works with: a server, and where its answers go. */
export interface Session {
  readonly client: Client;
  readonly output: Output;
}

/** @throws ConfigError where it is not clear which server is meant */
export function openSession(command: Command): Session {
  const {
    url = process.env.MEMQ_URL ?? DEFAULT_URL,
    cacert,
    json = false,
    color,
  } = command.optsWithGlobals<GlobalOptions>();
  if (url === '')
    throw new ConfigError('MEMQ_URL is empty: write http://HOST:PORT, https://HOST/BASE or unix:/PATH');
  const token = process.env.MEMQ_TOKEN || undefined;
  return { client: new Client({ url, token, cacert }), output: new Output({ json, color }) };
}
