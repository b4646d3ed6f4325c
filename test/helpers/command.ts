import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SERVER_BINARY } from './server.ts';

export interface Result {
  /** The exit status; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  /** Gets the process once it was started. */
  readonly onStart?: (child: ChildProcess) => void;
  /** What comes before the command: it runs somewhere else. */
  readonly prefix?: readonly string[];
}

/** `memq-server` with these arguments, to its end. */
export async function memqServer(
  args: readonly string[],
  { onStart, prefix = [] }: CommandOptions = {},
): Promise<Result> {
  const [command, ...rest] = [...prefix, process.execPath, SERVER_BINARY, ...args] as [string, ...string[]];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  onStart?.(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
