import { setTimeout as delay } from 'node:timers/promises';
import type { TestServer } from './server.ts';

type Entry = Record<string, unknown>;

/** The first line of the log, from the `from`-th on, that `matches`; waits for it. */
export async function logged(
  server: TestServer,
  matches: (entry: Entry) => boolean,
  from = 0,
): Promise<Entry> {
  for (;;) {
    const entry = server.log.slice(from).find(matches);
    if (entry !== undefined) return entry;
    if (!server.isRunning) throw new Error(`the server has ended: ${JSON.stringify(server.log)}`);
    await delay(5);
  }
}

/** Has the server read its users and certificates again; what it says to that, once it has. */
export function hangUp(server: TestServer): Promise<Entry> {
  const from = server.log.length;
  process.kill(server.pid, 'SIGHUP');
  return logged(server, ({ msg }) => /read again|nothing was changed/.test(String(msg)), from);
}
