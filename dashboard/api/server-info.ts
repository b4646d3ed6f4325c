import { signal } from '@preact/signals';
import type { ServerInfo } from '../../server/http/schemas/server.ts';
import { read } from './client.ts';

/** What the server says of itself; undefined until it has. */
export const serverInfo = signal<ServerInfo | undefined>(undefined);

/** Asks again. Where the server is away, what it said last stays. */
export async function refreshServerInfo(): Promise<void> {
  try {
    serverInfo.value = await read('/server', {});
  } catch {
    // The frame tells that it is away.
  }
}
