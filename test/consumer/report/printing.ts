import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { worker } from '../../helpers/worker-file.ts';
import type { Workplace } from '../../helpers/workplace.ts';

export const CONSUME = join(import.meta.dirname, '../../../dist/consumer/main.js');

/** A thousand lines of a hundred bytes, so many times. */
const MUCH = "'x'.repeat(99).concat('\\n').repeat(1000)";

/** Its methods print. */
export const WORKER = worker(
  `
  async prints(name, times) {
    for (let i = 0; i < times; i++) {
      console.log('%s says %d', name, i);
      await pause(1);
    }
    setTimeout(() => process.stderr.write(name + ' says the last word'));
    await pause(5);
    log(name);
  }
  async failsLoudly(text) {
    console.log(text);
    throw new Error('no such address');
  }
  floods(times) {
    for (let i = 0; i < times; i++) process.stdout.write(${MUCH});
    log('flooded');
  }
  floodsAndExits(times) {
    for (let i = 0; i < times; i++) process.stdout.write(${MUCH});
    process.exit(3);
  }
  other(script) {
    execFileSync('sh', ['-c', script], { stdio: 'inherit' });
    throw new Error('after another process');
  }
  odd() {
    process.stdout.write(Buffer.from([0xe5, 0x93]));
    process.stdout.write(Buffer.from([0x88, 0x0a, 0x00, 0xff, 0x1b, 0x0a]));
    process.stdout.write('c3bc0a', 'hex');
    process.stdout.write('x'.repeat(20000) + '\\n');
    process.stdout.write('no end', () => log('written'));
    return pause(5);
  }
  leaves() {
    spawn('sleep', ['1000'], { stdio: 'inherit', detached: true }).on('spawn', function () {
      log(this.pid);
      process.exit(0);
    });
    return new Promise(() => {});
  }
  memory() {
    const most = (pid) => /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))[1];
    log(most(process.ppid));
    log(most(process.pid));
  }
`,
  "['prints', 'failsLoudly', 'floods', 'floodsAndExits', 'other', 'odd', 'leaves', 'memory']",
).replace(
  "import { appendFileSync } from 'node:fs';",
  `import { appendFileSync, readFileSync } from 'node:fs';
   import { execFileSync, spawn } from 'node:child_process';`,
);

interface Line {
  readonly queue?: string;
  readonly message?: string;
  readonly stream?: string;
  readonly msg: string;
}

/** What jobs printed, by the log file. */
export async function printedLines(workplace: Workplace): Promise<Line[]> {
  const text = await readFile(join(workplace.directory, 'log'), 'utf8');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line).filter(({ stream }) => stream !== undefined);
}
