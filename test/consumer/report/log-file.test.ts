import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { FAILED, STACK, start, trouble } from './reports.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-report-'));

afterAll(() => rmSync(directory, { recursive: true }));

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
