import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a program of Node.js, which may print to standard error alone: `npm pack` names its file on standard output.
 * @param {string} what @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 */
export async function run(what, args, env = process.env) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', process.stderr, 'inherit'] });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${what} ended with ${code ?? signal}`);
}
