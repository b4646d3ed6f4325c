import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import { TextConnection } from '../text-connection.ts';
import type { Settings } from './scenario.ts';

/** Runs `act` with a memq-server that syncs always and starts empty; it and its data are gone afterwards. */
export async function withServer<T>(
  settings: Settings,
  act: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await RunningServer.start(memqDurable, settings.directory);
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
