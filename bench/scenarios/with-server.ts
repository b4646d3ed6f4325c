import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
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
