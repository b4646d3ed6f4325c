import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * What a program of Node.js writes on a pseudo terminal, once it has ended with 0; undefined where the program `script`
 * is not installed, which is told.
 */
export async function onTerminal(directory: string, words: readonly string[]): Promise<string | undefined> {
  const command = [process.execPath, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  try {
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${text}`);
    return text;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    console.warn('no pseudo terminal: script is not installed');
    return undefined;
  }
}
