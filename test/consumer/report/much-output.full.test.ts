import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, describe, expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { amount } from '../../helpers/amount.ts';
import type { Workplace } from '../../helpers/workplace.ts';
import { CONSUME, printedLines, WORKER } from './printing.ts';

const it = withWorkplace(['--max-attempts', '1']);

/** So many times 100 kB: several times what a pipe holds. */
const BURSTS = amount(30, 100);

beforeEach<{ workplace: Workplace }>(async ({ workplace }) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('output = log\n');
});

describe(`${BURSTS / 10} MB that were printed right before the end of the process`, () => {
  it('are in the log file', async ({ workplace }) => {
    await workplace.enqueue(`floodsAndExits(${BURSTS})`);
    const { stderr } = await workplace.consume('--log-file', 'log');
    expect(stderr).toContain('its process ended with exit status 3');
    const lines = await printedLines(workplace);
    expect(lines).toHaveLength(BURSTS * 1000);
    expect(lines.every(({ queue, msg }) => queue === 'q' && msg.length === 99)).toBe(true);
  });

  it('come out of memq-consume with `output = pass`, as they are', async ({ workplace }) => {
    await workplace.configure('output = pass\n');
    await workplace.enqueue(`floodsAndExits(${BURSTS})`);
    const { stdout, stderr } = await workplace.consume();
    expect(stderr).toContain('its process ended with exit status 3');
    expect(
      stdout ===
        'x'
          .repeat(99)
          .concat('\n')
          .repeat(BURSTS * 1000),
    ).toBe(true);
  });
});

it('with `output = pass` nothing is lost when it is read only after the jobs have ended', async ({
  workplace,
}) => {
  await workplace.configure('output = pass\n');
  // More than memq-consume keeps of it, and no more than the pipes hold: the job waits for who reads more.
  await workplace.enqueue('floodsAndExits(1)');
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
  expect(chunks.join('').length).toBe(100_000);
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
  // With all of it in memory it would be more than is allowed.
  await workplace.enqueue(`floods(${amount(1500, 3000)})`, 'memory()');
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
