import { Play, type Scene } from './scene.ts';

/** A server to which nobody has come yet. */
export const empty: Scene = { play: async () => new Play() };
