import { setTimeout as delay } from 'node:timers/promises';
import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import { TextConnection } from '../text-connection.ts';
import type { Settings } from './scenario.ts';

/** Milliseconds after which what is waited for is taken never to come, and between two looks at it. */
const TIME_LIMIT = 60_000;
const LOOK_INTERVAL = 20;

/** Runs `act` with a memq-server that syncs always and starts empty; it and its data are gone afterwards. */
export async function withServer<T>(
  settings: Pick<Settings, 'directory'>,
  act: (server: RunningServer) => Promise<T>,
  peer = memqDurable,
): Promise<T> {
  const server = await RunningServer.start(peer, settings.directory);
  try {
    return await act(server);
  } catch (error) {
    throw server.explain(error);
  } finally {
    await server.stop();
  }
}

/** Runs `act` with a connection to the server. */
export async function withConnection<T>(
  server: RunningServer,
  act: (connection: TextConnection) => Promise<T>,
): Promise<T> {
  const connection = await TextConnection.open(server.port);
  try {
    return await act(connection);
  } finally {
    connection.close();
  }
}

/** How many messages the server has too many or too few. */
export async function difference(server: RunningServer, messages: number): Promise<number> {
  return withConnection(server, async (connection) => {
    return Math.abs(messages - Number((await connection.stats()).get('curr_items')));
  });
}

/** Resolves when every message is done. */
export async function untilEmpty(server: RunningServer): Promise<void> {
  await until('the queue to be empty', async () => (await difference(server, 0)) === 0);
}

/** Resolves when it is so; rejects when it does not come to that. `what`: in words. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + TIME_LIMIT;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(LOOK_INTERVAL);
  }
}
