import { describe, expect, it } from 'vitest';
import { DONE, FAILED, HOSTILE, printed, RAW, STACK, start, trouble } from './reports.ts';

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
      { level: 30, queue: 'mail', done: 1, failed: 1, rejected: 0, cancelled: 0, msg: 'jobs have run' },
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
