import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Finding } from '../helpers/program.ts';

/** Has a program do so many random sequences, the same ones each time, in a process of its own. */
export async function findWithModel(
  directory: string,
  runs: number,
  timeoutMs: number,
): Promise<Finding | undefined> {
  const vitest = join(directory, 'node_modules/vitest/vitest.mjs');
  // In one process, so that its end is the end of it.
  const child = spawn(process.execPath, [vitest, 'run', '--root', directory, '--pool', 'threads'], {
    env: { ...process.env, MODEL_RUNS: String(runs), MODEL_SEED: '1', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  clearTimeout(timer);
  if (status === 0) return undefined;
  const failed = /Property failed after (\d+) tests/.exec(errors);
  if (failed === null) throw new Error(`the model test ended with ${status}\n${output}\n${errors}`);
  return { run: Number(failed[1]), text: errors.slice(failed.index) };
}
