import { onTestFinished } from 'vitest';
import { type Staged, stage } from './scenes.ts';

/** A scene on a server that ends after the test, when no page looks at it any more. */
export async function onStage(...[scene, options]: Parameters<typeof stage>): Promise<Staged> {
  const staged = await stage(scene, options);
  onTestFinished(() => staged[Symbol.asyncDispose]());
  return staged;
}
