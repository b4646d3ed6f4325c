import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SERVER_BINARY } from './server.ts';

export interface Outcome {
  /** The exit status; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `memq-server` with these arguments, to its end. `onStart` gets its process. */
export async function memqServer(
  args: readonly string[],
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [SERVER_BINARY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  onStart(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
