import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createReport, type ReportOptions } from '../../../consumer/report/create-report.ts';
import { locationOf, messageOf, rootCauseOf } from '../../../consumer/report/error-location.ts';
import { Rate } from '../../../consumer/report/rate.ts';
import type { JobName, JobTrouble, PrintedLine } from '../../../consumer/report/report.ts';
import { span } from '../../../consumer/report/totals.ts';
import { ConfigError } from '../../../shared/errors.ts';
import { clip, printable, printableLines } from '../../../shared/printable.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-report-'));

afterAll(() => rmSync(directory, { recursive: true }));

/** What would stand on standard error. */
class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 200;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.text += chunk;
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  get json(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

async function start(options: Pick<ReportOptions, 'mode'> & Partial<ReportOptions>) {
  const screen = new Screen(options.mode === 'terminal');
  const report = await createReport({ level: 'info', title: 'mail', screen, ...options });
  return { report, screen };
}

const STACK = `TypeError: no such address
    at check (node:internal/validators:162:11)
    at Worker.sendMail (file:///srv/app/lib/my%20worker.js:12:7)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`;

function trouble(more: Partial<JobTrouble> = {}): JobTrouble {
  return {
    queue: 'mail',
    id: '17',
    attempt: 3,
    call: "sendMail('nobody')",
    kind: 'failed',
    reason: STACK,
    ms: 1234,
    pid: 4711,
    ...more,
  };
}

/** A line of job 17. */
function printed(text: string, job: Partial<JobName> = {}): PrintedLine {
  return { job: { queue: 'mail', id: '17', attempt: 3, ...job }, pid: 4711, stream: 'stdout', text };
}
const CHAIN = `TypeError: fetch failed
    at Worker.load (file:///srv/app/worker.js:12:7)
caused by: Error: half way
    at Worker.half (file:///srv/app/worker.js:1:1)
caused by: Error: connect ECONNREFUSED 127.0.0.1:9
[code: ECONNREFUSED]
    at Worker.deep (file:///srv/app/worker.js:2:2)
error 2 of 2: Error: other, caused by: Error: not the root`;

const DONE = { done: 1, failed: 0, rejected: 0 };
const FAILED = { done: 0, failed: 1, rejected: 0 };
const REJECTED = { done: 0, failed: 0, rejected: 1 };

/** Sets a title, clears the screen, colours, with 7 and 8 bits; writes over the line; turns the direction. */
const HOSTILE = '\u001b]0;x\u0007\u001b[2J\u009b31m\rfine\u202e\u2028\u007f';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RAW = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/;

describe('in cron', () => {
  it('not a byte is written when all is well', async () => {
    const { report, screen } = await start({ mode: 'cron', expected: 2 });
    report.waiting(2);
    report.log('info', { a: 1 }, 'a word');
    report.log('debug', {}, 'a word');
    report.counted({ done: 2, failed: 0, rejected: 0 });
    report.reopen();
    report.end();
    expect(screen.text).toBe('');
  });

  it('one block at the end tells the jobs, their errors and the places in the code', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    report.counted({ done: 10, failed: 2, rejected: 1 });
    report.trouble(trouble({ isLast: false }));
    report.trouble(
      trouble({ id: '18', job: 'invoice-7', kind: 'killed', isLast: true, reason: 'it ran too long' }),
    );
    report.trouble(trouble({ id: '19', call: 'evil()', kind: 'rejected', reason: 'not allowed' }));
    report.log('warn', { code: 'LOST' }, 'the server went away');
    expect(screen.text).toBe('');
    report.end();
    const [heading, ...rest] = screen.lines;
    expect(heading).toMatch(/^memq-consume: mail: 13 jobs ran in \d+ ms: 10 done, 2 failed, 1 refused$/);
    expect(rest).toEqual([
      '',
      'job 17 of mail, attempt 3, failed after 1.2 s, is tried again',
      "  call   sendMail('nobody')",
      '  error  TypeError: no such address',
      '  at     /srv/app/lib/my worker.js:12:7',
      '',
      'job 18 of mail (id invoice-7), attempt 3, killed after 1.2 s, kept as failed',
      "  call   sendMail('nobody')",
      '  error  it ran too long',
      '',
      'job 19 of mail, attempt 3, refused, kept as failed',
      '  call   evil()',
      '  error  not allowed',
      '',
      'memq-consume: warn: the server went away',
      '',
      expect.stringContaining('get mail/failed/peek/info'),
    ]);
  });

  it.each<[Partial<JobTrouble>, string, readonly string[]]>([
    [{ isLast: false }, 'failed after 1.2 s, is tried again', []],
    [{ isLast: true }, 'failed after 1.2 s, kept as failed', ['peek']],
    [{}, 'failed after 1.2 s', ['until its last attempt', 'peek']],
    [{ kind: 'killed', isLast: false }, 'killed after 1.2 s, is tried again', []],
    [{ kind: 'killed' }, 'killed after 1.2 s', ['until its last attempt', 'peek']],
    [{ kind: 'final', isLast: false }, 'failed for good after 1.2 s, kept as failed', ['peek']],
    [{ kind: 'rejected', isLast: false }, 'refused, kept as failed', ['peek']],
  ])('says of a job that has %j what becomes of it', async (more, ending, hints) => {
    const { report, screen } = await start({ mode: 'cron' });
    report.trouble(trouble(more));
    report.end();
    expect(screen.lines[0]).toBe(`job 17 of mail, attempt 3, ${ending}`);
    const [, hint = ''] = screen.text.split('\n\n');
    expect(hint.split('\n').filter(Boolean)).toEqual(hints.map((words) => expect.stringContaining(words)));
  });

  it('what a failed job printed stands under its error, and nothing of others', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    report.printed(printed('of the first', { id: '16' }));
    report.printed(printed('to nobody'));
    report.printed(printed('at once', { id: '18' }));
    report.succeeded({ queue: 'mail', id: '16', attempt: 1 });
    report.trouble(trouble());
    // It comes by another way, and may be read a little later.
    report.printed(printed(`${HOSTILE}\tfor nobody`));
    report.printed({ ...printed('of no job'), job: undefined });
    report.trouble(trouble({ id: '16', isLast: true }));
    report.end();
    expect(screen.lines.slice(0, 11)).toEqual([
      expect.stringContaining('job 17 of mail'),
      "  call   sendMail('nobody')",
      '  error  TypeError: no such address',
      '  at     /srv/app/lib/my worker.js:12:7',
      '  output to nobody',
      expect.stringMatching(/^ {9}\\u001b\]0;x.* {4}for nobody$/),
      '',
      expect.stringContaining('job 16 of mail'),
      "  call   sendMail('nobody')",
      '  error  TypeError: no such address',
      '  at     /srv/app/lib/my worker.js:12:7',
    ]);
    expect(screen.text).not.toMatch(RAW);
    expect(screen.text).not.toMatch(/of the first|at once|of no job/);
  });

  it('of what a job printed the last 4 kB are shown, in whole lines', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    const lines = Array.from({ length: 2000 }, (_, index) => `line ${index} 哈`);
    for (const line of lines) report.printed(printed(line));
    report.trouble(trouble());
    report.end();
    const shown = screen.lines.filter((line) => line.startsWith('         '));
    expect(shown.length).toBeGreaterThan(4096 / 20);
    expect(Buffer.byteLength(shown.join('\n'))).toBeLessThan(4096 + 10 * shown.length);
    expect(shown.map((line) => line.trim())).toEqual(lines.slice(-shown.length));
    expect(screen.lines).toContain('  output ...');
  });

  it('what jobs printed is not shown where a log file has it', async () => {
    const { report, screen } = await start({ mode: 'cron', logFile: join(directory, 'has-it.log') });
    report.printed(printed('a word'));
    report.trouble(trouble());
    report.end();
    expect(screen.text).toContain('job 17');
    expect(screen.text).not.toContain('a word');
  });

  it('the root of an error stands below its place, with what is told of it', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    report.counted(FAILED);
    report.trouble(trouble({ reason: CHAIN }));
    report.end();
    expect(screen.lines.slice(4, 8)).toEqual([
      '  error  TypeError: fetch failed',
      '  at     /srv/app/worker.js:12:7',
      '  cause  Error: connect ECONNREFUSED 127.0.0.1:9',
      '         [code: ECONNREFUSED]',
    ]);
  });

  it('what could not be done is told, also where no job ran', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    report.log('error', { err: new Error('no route') }, 'the server cannot be reached');
    report.end();
    expect(screen.lines.slice(0, 2)).toEqual([
      'memq-consume: error: the server cannot be reached',
      '  Error: no route',
    ]);
    expect(screen.text).not.toContain('jobs ran');
  });

  it('of many troubles the first twenty are told, and how many more there are', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    for (let id = 1; id <= 25; id++) {
      report.counted(FAILED);
      report.trouble(trouble({ id: String(id) }));
    }
    report.end();
    const told = [...screen.text.matchAll(/^job (\d+) of/gm)].map(([, id]) => Number(id));
    expect(told).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(screen.lines).toContain('and 5 more');
  });

  it('what comes after the end is said at once, and nothing is said twice', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    report.counted(REJECTED);
    report.trouble(trouble({ kind: 'rejected' }));
    report.end();
    report.log('error', {}, 'afterwards');
    report.end();
    expect(screen.text.match(/afterwards/g)).toHaveLength(1);
    expect(screen.text.match(/job 17/g)).toHaveLength(1);
  });

  it('nothing that a terminal or a mail reader would obey comes through', async () => {
    const { report, screen } = await start({ mode: 'cron', title: HOSTILE });
    report.counted(FAILED);
    const reason = `${HOSTILE}\n    at ${HOSTILE} (/srv/${HOSTILE}.js:1:2)`;
    report.trouble(trouble({ queue: HOSTILE, job: HOSTILE, call: HOSTILE, reason }));
    report.log('error', { code: HOSTILE, deep: { deep: HOSTILE }, err: new Error(HOSTILE) }, HOSTILE);
    report.end();
    expect(screen.text).toContain('\\u001b]0;x\\u0007');
    expect(screen.text).not.toMatch(RAW);
  });

  it.each([
    ['error', 1],
    ['fatal', 0],
    ['silent', 0],
  ])('level %s leaves %i of a failed and a refused job', async (level, count) => {
    const { report, screen } = await start({ mode: 'cron', level });
    report.counted({ done: 0, failed: 1, rejected: 1 });
    report.trouble(trouble());
    report.trouble(trouble({ kind: 'rejected' }));
    report.end();
    expect(screen.text.match(/^job/gm) ?? []).toHaveLength(count);
    expect(screen.text === '').toBe(count === 0);
  });

  it('who asks for details has them at once, as JSON', async () => {
    const { report, screen } = await start({ mode: 'cron', level: 'debug' });
    report.log('debug', { a: 1 }, 'a detail');
    expect(screen.json).toMatchObject([{ level: 20, a: 1, msg: 'a detail' }]);
  });
});

describe('a daemon without a terminal', () => {
  it('writes JSON lines', async () => {
    const { report, screen } = await start({ mode: 'watch' });
    report.log('info', { binding: 'a' }, 'it begins');
    report.counted(DONE);
    report.counted(FAILED);
    report.trouble(trouble({ job: 'k' }));
    report.log('debug', {}, 'a detail');
    report.end();
    const about = {
      queue: 'mail',
      message: '17',
      job: 'k',
      attempt: 3,
      call: "sendMail('nobody')",
      ms: 1234,
    };
    expect(screen.json).toMatchObject([
      { level: 30, name: 'memq-consume', pid: process.pid, binding: 'a', msg: 'it begins' },
      { level: 40, pid: process.pid, worker: 4711, kind: 'failed', reason: STACK, ...about },
      { level: 30, queue: 'mail', done: 1, failed: 1, rejected: 0, msg: 'jobs have run' },
    ]);
  });

  it('tells each line that a job prints, with its name', async () => {
    const { report, screen } = await start({ mode: 'watch' });
    report.printed(printed('a word', { job: 'k' }));
    report.printed({ ...printed(HOSTILE), job: undefined, stream: 'stderr' });
    report.succeeded({ queue: 'mail', id: '17', attempt: 3 });
    expect(screen.text).not.toMatch(RAW);
    const [first, second] = screen.json;
    const about = { queue: 'mail', message: '17', job: 'k', attempt: 3 };
    expect(first).toMatchObject({ level: 30, ...about, stream: 'stdout', worker: 4711, msg: 'a word' });
    expect(second).toMatchObject({ level: 30, stream: 'stderr', worker: 4711, msg: HOSTILE });
    expect(second).not.toHaveProperty('queue');
  });

  it.each([
    [{ isLast: false }, 40, false, 'a job failed; the server tries it again later'],
    [{ isLast: true }, 50, true, 'a job failed; the server keeps it as failed'],
    [{ kind: 'final', isLast: false }, 50, false, 'a job failed for good; the server keeps it as failed'],
    [{ kind: 'rejected' }, 50, undefined, 'a job was refused; the server keeps it as failed'],
  ] as const)('says of a job that has %j what becomes of it', async (more, level, last, msg) => {
    const { report, screen } = await start({ mode: 'watch' });
    report.trouble(trouble(more));
    expect(screen.json).toEqual([expect.objectContaining({ level, msg })]);
    expect(screen.json[0].last).toBe(last);
  });

  it('says not a word when nothing happens', async () => {
    const { report, screen } = await start({ mode: 'watch' });
    report.waiting(0);
    report.end();
    expect(screen.text).toBe('');
  });

  it('escapes what JSON leaves to a terminal, and keeps what it means', async () => {
    const { report, screen } = await start({ mode: 'watch' });
    report.trouble(trouble({ call: HOSTILE }));
    expect(screen.text).not.toMatch(RAW);
    expect(screen.json).toMatchObject([{ call: HOSTILE }]);
  });
});

describe('on a terminal', () => {
  it('a bar tells how many are done, how fast, how many failed and are left, and goes at the end', async () => {
    const { report, screen } = await start({ mode: 'terminal', expected: 10 });
    expect(screen.text).toBe('');
    for (let i = 0; i < 3; i++) report.counted(DONE);
    report.counted(FAILED);
    report.counted(REJECTED);
    report.log('info', {}, 'a line');
    expect(screen.text).toMatch(/mail .* 3 done, 2 failed, [\d.]+\/s, 5 left, \d/);
    report.waiting(3);
    report.log('info', {}, 'another line');
    expect(screen.text).toMatch(/3 done, 2 failed, [\d.]+\/s, 8 left/);
    report.end();
    const [last] = screen.lines.slice(-1);
    expect(last).toMatch(
      /\[2K\[\d\d:\d\d:\d\d\] INFO: mail: 5 jobs ran in \d+ ms: 3 done, 1 failed, 1 refused$/,
    );
  });

  it('nothing is said when there was nothing to do', async () => {
    const { report, screen } = await start({ mode: 'terminal', expected: 0 });
    report.waiting(0);
    report.end();
    expect(screen.text).toBe('');
  });

  it('a sentence stands without the fields that it tells already', async () => {
    const { report, screen } = await start({ mode: 'terminal' });
    report.log('info', { queue: 'mail', processes: 2, row: 4711 }, 'serves mail in 2 processes');
    report.log('error', { code: 'UNREACHABLE' }, 'no way');
    report.end();
    const shown = screen.lines.map((line) => line.replace(/^.*(?=INFO|ERROR)/, ''));
    expect(shown).toEqual(['INFO: serves mail in 2 processes', '    row: 4711', 'ERROR: no way']);
  });

  it('each failed job has one line, above the bar', async () => {
    const { report, screen } = await start({ mode: 'terminal' });
    report.counted(DONE);
    report.counted(FAILED);
    report.trouble(trouble({ reason: `Error: one\ntwo\n    at f (/srv/app/a.js:1:2)` }));
    report.counted(REJECTED);
    report.trouble(trouble({ id: '18', kind: 'rejected', reason: 'not allowed' }));
    report.counted(FAILED);
    report.trouble(trouble({ id: '19', reason: CHAIN }));
    report.end();
    const shown = screen.lines.map((line) => line.slice(line.lastIndexOf('[2K') + 3));
    expect(shown.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      "WARN: job 17 of mail, attempt 3, failed after 1.2 s: sendMail('nobody'): Error: one\\ntwo (/srv/app/a.js:1:2)",
      "ERROR: job 18 of mail, attempt 3, refused, kept as failed: sendMail('nobody'): not allowed",
      "WARN: job 19 of mail, attempt 3, failed after 1.2 s: sendMail('nobody'): TypeError: fetch failed " +
        '(/srv/app/worker.js:12:7), caused by: Error: connect ECONNREFUSED 127.0.0.1:9\\n[code: ECONNREFUSED]',
      expect.stringMatching(/^INFO: mail: 4 jobs ran/),
    ]);
  });

  it('what jobs print comes above the bar, each line with its queue and id', async () => {
    const { report, screen } = await start({ mode: 'terminal' });
    report.counted(DONE);
    report.printed(printed('one'));
    report.printed(printed('two\t2', { queue: 'm\u001b', id: '18' }));
    report.printed({ ...printed(HOSTILE), job: undefined });
    report.end();
    const shown = screen.lines.map((line) => line.slice(line.lastIndexOf('[2K') + 3));
    expect(shown[0]).toBe('mail 17: one');
    expect(screen.lines.slice(1, 3)).toEqual([
      'm\\u001b 18: two    2',
      expect.stringMatching(/^process 4711: \\u001b\]0;x/),
    ]);
    for (const raw of ['\u001b]', '\u0007', '\rfine', '\u202e']) expect(screen.text).not.toContain(raw);
  });

  it('what jobs print is not shown with a level above info', async () => {
    const { report, screen } = await start({ mode: 'terminal', level: 'warn' });
    report.printed(printed('one'));
    report.end();
    expect(screen.text).toBe('');
  });

  it('no line can be made up', async () => {
    const { report, screen } = await start({ mode: 'terminal' });
    const line = 'x\n[12:00:00] INFO: all is well';
    report.log('info', { line, err: new Error(line) }, line);
    report.counted(FAILED);
    report.trouble(trouble({ call: line, queue: line, reason: line }));
    report.end();
    expect(screen.lines.filter((each) => each.startsWith('[12:00:00]'))).toEqual([]);
    expect(screen.lines).toContain('    [12:00:00] INFO: all is well');
  });

  it('nothing is obeyed that comes from a job', async () => {
    const { report, screen } = await start({ mode: 'terminal', title: `{bar}${HOSTILE}`, expected: 1 });
    report.counted(FAILED);
    const reason = `${HOSTILE}\n    at f (/srv/${HOSTILE}.js:1:2)`;
    report.trouble(trouble({ queue: HOSTILE, job: HOSTILE, call: HOSTILE, reason }));
    report.log('error', { code: HOSTILE, err: new Error(HOSTILE) }, HOSTILE);
    report.end();
    for (const raw of ['\u001b]', '\u0007', '\u001b[2J', '\u009b', '\rfine', '\u202e', '\u2028', '\u007f'])
      expect(screen.text).not.toContain(raw);
    expect(screen.text).toContain('\\u001b]0;x\\u0007');
  });
});

it('a person at a terminal reads what is wrong in lines, cron in plain text', async () => {
  const binary = join(import.meta.dirname, '../../../dist/consumer/main.js');
  const args = [binary, '--config', join(directory, 'none.ini')];
  const cron = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(cron).toMatchObject({ status: 78, stdout: '' });
  expect(cron.stderr).toMatch(/^memq-consume: error: .*none\.ini cannot be read: .*\n$/);
  const words = [process.execPath, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = spawnSync('script', ['-qec', words, '/dev/null'], { encoding: 'utf8' });
  if (terminal.error !== undefined) return console.warn('no pseudo terminal: script not installed');
  expect(terminal.status).toBe(78);
  expect(terminal.stdout).toMatch(/\[\d\d:\d\d:\d\d\] .*ERROR.*none\.ini cannot be read/);
});

describe('the log file', () => {
  it('has JSON lines, whoever looks at the screen', async () => {
    for (const mode of ['cron', 'terminal', 'watch'] as const) {
      const logFile = join(directory, `${mode}.log`);
      const { report } = await start({ mode, logFile });
      report.counted(FAILED);
      report.trouble(trouble());
      report.end();
      const lines = readFileSync(logFile, 'utf8').split('\n').slice(0, -1);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { level: 40, message: '17', reason: STACK },
        { level: 30, failed: 1, msg: 'jobs have run' },
      ]);
    }
  });

  it('is opened anew when it was renamed', async () => {
    const logFile = join(directory, 'renamed.log');
    const { report } = await start({ mode: 'watch', logFile });
    report.log('info', {}, 'one');
    renameSync(logFile, `${logFile}.1`);
    report.log('info', {}, 'two');
    report.reopen();
    report.log('info', {}, 'three');
    const messages = (file: string) => readFileSync(file, 'utf8').match(/"msg":"\w+"/g);
    expect(messages(`${logFile}.1`)).toEqual(['"msg":"one"', '"msg":"two"']);
    expect(messages(logFile)).toEqual(['"msg":"three"']);
  });

  it('stays the old one when no new one can be opened, which the screen tells', async () => {
    const place = mkdtempSync(join(directory, 'gone-'));
    const logFile = join(place, 'x.log');
    const { report, screen } = await start({ mode: 'watch', logFile });
    renameSync(place, `${place}.old`);
    report.reopen();
    report.log('info', {}, 'after');
    expect(screen.json[0]).toMatchObject({ level: 50, msg: expect.stringContaining(logFile) });
    expect(readFileSync(join(`${place}.old`, 'x.log'), 'utf8')).toContain('after');
    expect(existsSync(logFile)).toBe(false);
  });

  it('that cannot be opened is refused', async () => {
    const logFile = join(directory, 'none', 'x.log');
    await expect(start({ mode: 'cron', logFile })).rejects.toThrow(ConfigError);
    await expect(start({ mode: 'cron', logFile })).rejects.toThrow(logFile);
  });

  it.runIf(existsSync('/dev/full'))('on a full disk is told of once, and ends nothing', async () => {
    const { report, screen } = await start({ mode: 'watch', logFile: '/dev/full' });
    for (let i = 0; i < 3; i++) report.log('info', {}, 'a line');
    const told = screen.json.filter(({ msg }) => String(msg).includes('/dev/full cannot be written'));
    expect(told).toHaveLength(1);
    expect(screen.json.filter(({ msg }) => msg === 'a line')).toHaveLength(3);
  });
});

describe('the place in the code', () => {
  it.each([
    ['Error: x\n    at f (node:fs:1:2)\n    at g (/srv/a.js:3:4)', '/srv/a.js:3:4'],
    ['Error: x\n    at /srv/a (1).js:3:4', '/srv/a (1).js:3:4'],
    ['Error: x\n    at async Worker.f (file:///srv/a%20b.js:3:4)', '/srv/a b.js:3:4'],
    ['Error: x\n    at new W (C:\\app\\a.js:3:4)', 'C:\\app\\a.js:3:4'],
    [
      'Error: x\n    at eval (eval at f (/srv/a.js:1:2), <anonymous>:1:1)\n    at f (/srv/a.js:5:6)',
      '/srv/a.js:5:6',
    ],
    ['Error: x\n    at async Promise.all (index 0)\n    at f (/srv/a.js:5:6)', '/srv/a.js:5:6'],
    [
      `Error: x\n    at f (${new URL('../../../consumer/x.ts', import.meta.url)}:1:2)\n    at g (/srv/a.js:3:4)`,
      '/srv/a.js:3:4',
    ],
    ['RuntimeException: x\n/srv/Worker.php:12\n#0 runner.php(7): Worker->f()', '/srv/Worker.php:12'],
    ["ArgumentError: x\n/srv/worker.rb:3:in 'f'\nrunner.rb:9:in 'g'", '/srv/worker.rb:3'],
    [
      'Traceback (most recent call last):\n  File "runner.py", line 9, in run\n    f()\n  File "/srv/worker.py", line 3, in f\nValueError: x',
      '/srv/worker.py:3',
    ],
    ['Error: x\n    at f (/srv/node_modules/pg/a.js:1:2)\n    at g (/srv/a.js:3:4)', '/srv/a.js:3:4'],
    ['Error: x\n    at f (/srv/node_modules/pg/a.js:1:2)', '/srv/node_modules/pg/a.js:1:2'],
    ['not allowed', undefined],
    ['Error: x\n    at f (node:fs:1:2)', undefined],
  ])('of %j is %s', (reason, place) => {
    expect(locationOf(reason)).toBe(place);
  });

  it('is not part of the message', () => {
    expect(messageOf('Error: one\ntwo\n    at f (/srv/a.js:1:2)\n    at g (/srv/a.js:3:4)')).toBe(
      'Error: one\ntwo',
    );
    expect(messageOf('RuntimeException: x\n/srv/Worker.php:12\n#0 main')).toBe('RuntimeException: x');
    expect(messageOf('ValueError: x\nTraceback (most recent call last):\n  File "a", line 1')).toBe(
      'ValueError: x',
    );
    expect(messageOf('not allowed')).toBe('not allowed');
    expect(messageOf('Error: x\ncaused by: Error: y')).toBe('Error: x');
  });

  it('is told with the root', () => {
    expect(rootCauseOf(CHAIN)).toBe('Error: connect ECONNREFUSED 127.0.0.1:9\n[code: ECONNREFUSED]');
    expect(rootCauseOf(STACK)).toBeUndefined();
    expect(rootCauseOf('not allowed')).toBeUndefined();
  });

  it('is looked for in whatever was thrown, in linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...' at(:1)/"File\n') }), (reason) => {
        locationOf(reason);
        expect(reason.startsWith(messageOf(reason))).toBe(true);
      }),
    );
    const long = `Error\n${'    at '.repeat(500)}${'(:1'.repeat(500)}`;
    expect(locationOf(long)).toBeUndefined();
  });
});

describe('what is shown', () => {
  it('has nothing in it that a terminal obeys, and is otherwise as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
        expect(printableLines(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
      }),
    );
    expect(printable('哈哈 "it\'s" 😀 \\n')).toBe('哈哈 "it\'s" 😀 \\n');
    expect(printable('a\nb\u001b\ud800')).toBe('a\\nb\\u001b\\ud800');
  });

  it('is cut between characters', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('abcd', 3)).toBe('abc...');
    expect(clip('ab😀d', 3)).toBe('ab...');
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [3_599_000, '59 min 59 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i milliseconds are %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it('the rate is that of the last ten seconds', () => {
    let now = 0;
    const rate = new Rate(() => now);
    expect(rate.perSecond(0)).toBe(0);
    for (now = 500; now <= 20_000; now += 500) rate.perSecond(now / 10);
    now = 20_000;
    expect(rate.perSecond(2000)).toBeCloseTo(100);
    for (now = 20_500; now <= 40_000; now += 500) rate.perSecond(2000);
    expect(rate.perSecond(2000)).toBe(0);
  });
});
