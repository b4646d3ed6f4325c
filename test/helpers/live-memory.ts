import type { TestServer } from './server.ts';
import { logged } from './server-log.ts';

/** What comes before a server that is to tell, on the signal USR2, how much of its memory is in use. */
export function tellingMemory(): string[] {
  const code = `
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc');
    process.on('SIGUSR2', () => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      process.stderr.write(JSON.stringify({ msg: 'live memory', bytes: heapUsed + external }) + '\\n');
    });`;
  return ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}`];
}

/** Bytes of a server's memory that are in use, with nothing in them that could be collected. */
export async function liveMemory(server: TestServer): Promise<number> {
  const from = server.log.length;
  process.kill(server.pid, 'SIGUSR2');
  return Number((await logged(server, ({ msg }) => msg === 'live memory', from)).bytes);
}
