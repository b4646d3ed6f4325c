import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { JobTrouble } from '../../../consumer/report/report.ts';
import { CHAIN, FAILED, HOSTILE, printed, RAW, REJECTED, start, trouble } from './reports.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-report-'));

afterAll(() => rmSync(directory, { recursive: true }));

describe('in cron', () => {
  it('not a byte is written when all is well', async () => {
    const { report, screen } = await start({ mode: 'cron', expected: 2 });
    report.waiting(2);
    report.log('info', { a: 1 }, 'a word');
    report.log('debug', {}, 'a word');
    report.counted({ done: 2, failed: 0, rejected: 0, cancelled: 0 });
    report.reopen();
    report.end();
    expect(screen.text).toBe('');
  });

  it('one block at the end tells the jobs, their errors and the places in the code', async () => {
    const { report, screen } = await start({ mode: 'cron' });
    report.counted({ done: 10, failed: 2, rejected: 1, cancelled: 0 });
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
    report.counted({ done: 0, failed: 1, rejected: 1, cancelled: 0 });
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
