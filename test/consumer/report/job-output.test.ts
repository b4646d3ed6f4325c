import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { onTerminal } from '../../helpers/terminal.ts';
import type { Workplace } from '../../helpers/workplace.ts';
import { CONSUME, printedLines, WORKER } from './printing.ts';

const it = withWorkplace(['--max-attempts', '1']);

beforeEach<{ workplace: Workplace }>(async ({ workplace }) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('output = log\n');
});

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
