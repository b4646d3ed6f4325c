import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { onTerminal } from '../../helpers/terminal.ts';
import { worker } from '../../helpers/worker-file.ts';
import type { Workplace } from '../../helpers/workplace.ts';

const it = withWorkplace(['--max-attempts', '1']);

const CONSUME = join(import.meta.dirname, '../../../dist/consumer/main.js');

/** A thousand lines of a hundred bytes, so many times. */
const MUCH = "'x'.repeat(99).concat('\\n').repeat(1000)";

const WORKER = worker(
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

beforeEach<{ workplace: Workplace }>(async ({ workplace }) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('output = log\n');
});

interface Line {
  readonly queue?: string;
  readonly message?: string;
  readonly stream?: string;
  readonly msg: string;
}

/** What jobs printed, by the log file. */
async function printedLines(workplace: Workplace): Promise<Line[]> {
  const text = await readFile(join(workplace.directory, 'log'), 'utf8');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line).filter(({ stream }) => stream !== undefined);
}

it('what jobs print goes to the log file, each line with its job, also when they run at the same time', async ({
  workplace,
}) => {
  await workplace.configure('output = log\nconcurrency = 3\n');
  await workplace.setWorker(`${WORKER}; console.log('loaded');`);
  await workplace.enqueue("prints('a', 20)", "prints('b', 20)", "prints('c', 20)");
  expect(await workplace.consume('--log-file', 'log')).toEqual({ code: 0, stdout: '', stderr: '' });
  const [loaded, ...lines] = await printedLines(workplace);
  expect(loaded).toMatchObject({ stream: 'stdout', msg: 'loaded' });
  expect(loaded).not.toHaveProperty('queue');
  expect(lines).toHaveLength(63);
  const ids = new Set(lines.map(({ message }) => message));
  expect(ids.size).toBe(3);
  for (const id of ids) {
    const own = lines.filter(({ message }) => message === id);
    const [name] = own[0].msg;
    expect(own.slice(0, 20).map(({ msg }) => msg)).toEqual(
      Array.from({ length: 20 }, (_, index) => `${name} says ${index}`),
    );
    expect(own[0]).toMatchObject({ queue: 'q', attempt: 1, stream: 'stdout', level: 30 });
    expect(own[20]).toMatchObject({ queue: 'q', stream: 'stderr', msg: `${name} says the last word` });
  }
});

it('from cron nothing is seen of what jobs print that end well; of one that fails it stands under its error', async ({
  workplace,
}) => {
  await workplace.enqueue("prints('a', 3)");
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
  await workplace.enqueue("prints('b', 3)", "failsLoudly('\u001b[2Jlooking it up')");
  const { code, stdout, stderr } = await workplace.consume();
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toMatch(/ {2}at {5}\S+\n {2}output \\u001b\[2Jlooking it up\n/);
  expect(stderr).not.toContain('b says');
});

it('what another process prints is taken for that of the only job that runs', async ({ workplace }) => {
  await workplace.enqueue("other('echo one; echo two >&2; printf three')");
  const { stderr } = await workplace.consume('--log-file', 'log');
  expect(stderr).not.toContain('output');
  const lines = await printedLines(workplace);
  expect(lines.map(({ msg }) => msg).sort()).toEqual(['one', 'three', 'two']);
  for (const line of lines) expect(line).toMatchObject({ queue: 'q', message: expect.any(String) });
});

it('bytes, halves of characters, long lines and a line without an end are told', async ({ workplace }) => {
  await workplace.enqueue('odd()');
  expect(await workplace.consume('--log-file', 'log')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await workplace.logged()).toEqual(['written']);
  const texts = (await printedLines(workplace)).map(({ msg }) => msg);
  expect(texts.slice(0, 3)).toEqual(['哈', '\0\ufffd\u001b', 'ü']);
  expect(texts.slice(3, -1).join('')).toBe('x'.repeat(20_000));
  expect(texts.at(-1)).toBe('no end');
});

describe('10 MB that were printed right before the end of the process', () => {
  it('are in the log file', async ({ workplace }) => {
    await workplace.enqueue('floodsAndExits(100)');
    const { stderr } = await workplace.consume('--log-file', 'log');
    expect(stderr).toContain('its process ended with exit status 3');
    const lines = await printedLines(workplace);
    expect(lines).toHaveLength(100_000);
    expect(lines.every(({ queue, msg }) => queue === 'q' && msg.length === 99)).toBe(true);
  });

  it('come out of memq-consume with `output = pass`, as they are', async ({ workplace }) => {
    await workplace.configure('output = pass\n');
    await workplace.enqueue('floodsAndExits(100)');
    const { stdout, stderr } = await workplace.consume();
    expect(stderr).toContain('its process ended with exit status 3');
    expect(stdout === 'x'.repeat(99).concat('\n').repeat(100_000)).toBe(true);
  });
});

it('with `output = pass` nothing is lost when it is read only after the jobs have ended', async ({
  workplace,
}) => {
  await workplace.configure('output = pass\n');
  await workplace.enqueue('floodsAndExits(3)');
  const child = spawn(process.execPath, [CONSUME], {
    cwd: workplace.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    stderr += chunk;
    if (stderr.includes('its process ended with exit status 3')) break;
  }
  const chunks = await child.stdout.setEncoding('utf8').toArray();
  expect(chunks.join('').length).toBe(300_000);
});

it.for([
  ['log', 'stdout', []],
  ['log', 'stderr', ['--watch']],
  ['pass', 'stdout', []],
  ['pass', 'stderr', ['--watch']],
] as const)(
  'with `output = %s` jobs run on when nobody reads %s any more (%s)',
  async ([output, stream, flags], { workplace }) => {
    await workplace.configure(`output = ${output}\n`);
    const child = spawn(process.execPath, [CONSUME, ...flags], {
      cwd: workplace.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit');
    child[stream].destroy();
    child[stream === 'stdout' ? 'stderr' : 'stdout'].resume();
    await workplace.enqueue(...Array(3).fill('floods(20)'), "failsLoudly('a')", "prints('last', 1)");
    if (flags.length === 0) {
      // It may have found nothing.
      await ended;
      expect((await workplace.consume()).code).toBe(0);
    } else {
      await workplace.logs(4);
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }
    expect(await workplace.logged()).toEqual(['flooded', 'flooded', 'flooded', 'last']);
  },
);

it('as much as a job prints, memory stays as it is', async ({ workplace }) => {
  await workplace.enqueue('floods(3000)', 'memory()');
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
  const [, ...most] = await workplace.logged();
  for (const kB of most) expect(Number(kB)).toBeLessThan(200_000);
});

it('a process that left another one behind, which holds its output, has ended', async ({ workplace }) => {
  await workplace.enqueue('leaves()', "prints('after', 1)");
  const { code, stderr } = await workplace.consume();
  const [pid, ...rest] = await workplace.logged();
  process.kill(Number(pid));
  expect(code).toBe(0);
  expect(stderr).toContain('its process ended with exit status 0');
  expect(rest).toEqual(['after']);
});

it('what a class prints that does not load explains why', async ({ workplace }) => {
  await workplace.setWorker("console.error('no database\\u001b'); process.exit(4);");
  const { code, stdout, stderr } = await workplace.consume();
  expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
  expect(stderr).toContain('its process ended with exit status 4\n  no database\\u001b\n');
});

it('what a program prints is told of its job', async ({ workplace }) => {
  const program = `
    const { createInterface } = require('node:readline');
    createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, args: [word] } = JSON.parse(line);
      console.log('it is ' + word);
      console.error('is it ' + word);
      console.log(JSON.stringify(word === 'bad' ? { id, error: 'no' } : { id, ok: true }));
    });`;
  await writeFile(join(workplace.directory, 'program.cjs'), program);
  const section = `[programs]\nqueuename = q\ncommand = "${process.execPath}" program.cjs\nmethods = say\n`;
  await workplace.configure(`output = log\n${section}`);
  await workplace.enqueue("say('good')", "say('bad')");
  const { stderr } = await workplace.consume();
  expect(stderr).toMatch(/ {2}error {2}no\n {2}output (it is bad\n {9}is it bad|is it bad\n {9}it is bad)\n/);
  expect(stderr).not.toContain('good');
});

it('on a terminal it comes above the bar, with queue and id, and nothing of it is obeyed', async ({
  workplace,
}) => {
  await workplace.enqueue(...Array(5).fill("prints('a', 20)"), "failsLoudly('\u001b[2Jx')");
  const text = await onTerminal(workplace.directory, [CONSUME]);
  if (text === undefined) return;
  // What the bar was drawn over is before the last erasure of a line.
  const lines = text.split('\r\n').map((line) => line.slice(line.lastIndexOf('\u001b[2K') + 1));
  expect(lines.filter((line) => /^(\[2K)?q \d+: a says \d+$/.test(line))).toHaveLength(100);
  expect(lines.filter((line) => /^(\[2K)?q \d+: a says the last word$/.test(line))).toHaveLength(5);
  expect(text).toMatch(/q \d+: \\u001b\[2Jx\r\n/);
  expect(text).not.toContain('\u001b[2J');
  expect(text).toMatch(/INFO.*q: 6 jobs ran in .*: 5 done, 1 failed/);
});
