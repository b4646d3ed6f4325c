import { describe, expect, it } from 'vitest';
import { CHAIN, DONE, FAILED, HOSTILE, printed, REJECTED, start, trouble } from './reports.ts';

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
      expect.stringMatching(/^INFO: What failed or was killed is tried again/),
      expect.stringMatching(/^INFO: Jobs that are kept as failed: "get mail\/failed\/peek\/info" shows/),
    ]);
  });

  it('how to look at failed jobs stands at the end, once, when the server keeps some', async () => {
    const { report, screen } = await start({ mode: 'terminal' });
    report.counted({ done: 0, failed: 3, rejected: 0, cancelled: 0 });
    report.trouble(trouble({ isLast: false }));
    report.trouble(trouble({ isLast: true, queue: HOSTILE }));
    report.trouble(trouble({ isLast: true, queue: HOSTILE }));
    report.end();
    const hints = screen.lines.filter((line) => line.includes('/failed/peek/info'));
    expect(hints).toHaveLength(1);
    expect(hints[0]).toContain('\\u001b]0;x\\u0007');
    expect(screen.text).not.toContain('until its last attempt');
    expect(screen.lines.at(-1)).toBe(hints[0]);

    const other = await start({ mode: 'terminal' });
    other.report.counted(FAILED);
    other.report.trouble(trouble({ isLast: false }));
    other.report.end();
    expect(other.screen.text).not.toContain('/failed/peek/info');
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
