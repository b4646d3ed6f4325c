import { type ServerOptions, startServer, type TestServer } from '../server.ts';
import { busy } from './busy.ts';
import { deep } from './deep.ts';
import { empty } from './empty.ts';
import { failing } from './failing.ts';
import { hostile } from './hostile.ts';
import { manyQueues } from './many-queues.ts';
import type { Play, Scene } from './scene.ts';

/** By their names; those of a size are small here. */
export const SCENES: Readonly<Record<string, (size?: number) => Scene>> = {
  empty: () => empty,
  busy: () => busy,
  failing: () => failing,
  hostile: () => hostile,
  'many-queues': (size = 1000) => manyQueues(size),
  deep: (size = 100_000) => deep(size),
};

/** A server with a scene in place. */
export interface Staged extends AsyncDisposable {
  readonly server: TestServer;
  readonly play: Play;
}

/** Starts a server and plays a scene on it. `options` come besides what the scene wants. */
export async function stage(scene: Scene, options: ServerOptions = {}): Promise<Staged> {
  const config = [options.config, scene.config].filter((text) => text !== undefined).join('\n');
  const args = ['--memory', ...(scene.args ?? []), ...(options.args ?? [])];
  const server = await startServer({ http: true, ...options, args, ...(config !== '' && { config }) });
  const play = await scene.play(server).catch(async (error: unknown) => {
    await server[Symbol.asyncDispose]();
    throw error;
  });
  return {
    server,
    play,
    [Symbol.asyncDispose]: async () => {
      await play.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}
