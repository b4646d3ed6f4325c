import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../server/config/config.ts';
import { ConfigError } from '../../../shared/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-schedule-'));
const file = join(directory, 'memq.ini');

afterAll(() => rmSync(directory, { recursive: true }));

async function schedule(lines: string) {
  writeFileSync(file, `[schedule]\n${lines}`);
  return (await readConfig([], file)).schedule;
}

describe('[schedule]', () => {
  it('has jobs: fields, a queue and a payload to the end of the line', async () => {
    const payload = `buildReport('a;b # c = "d"')`;
    expect(await schedule(`nightly = 0 3 * * *  reports   ${payload}\t `)).toEqual([
      {
        name: 'nightly',
        queue: 'reports',
        cron: { pattern: '0 3 * * *', timezone: undefined },
        body: Buffer.from(payload),
        missed: 'once',
      },
    ]);
  });

  it.each([
    ['0 3 * * * reports f()', '0 3 * * *', 'reports', 'f()'],
    ['0\t3  * * *\treports\tf( 1,  2 )', '0 3 * * *', 'reports', 'f( 1,  2 )'],
    ['*/5 1-3,7 L jan-mar MON#1 q f()', '*/5 1-3,7 L jan-mar MON#1', 'q', 'f()'],
    ['30 0 3 * * * reports f()', '30 0 3 * * *', 'reports', 'f()'],
    ['30 0 3 * * mon-fri reports f()', '30 0 3 * * mon-fri', 'reports', 'f()'],
    ['30 0 3 ? * 5L reports f()', '30 0 3 ? * 5L', 'reports', 'f()'],
    ['0 0 3 * * * 7 f()', '0 0 3 * * *', '7', 'f()'],
    ['0 3 * * * monitor f()', '0 3 * * *', 'monitor', 'f()'],
    ['0 3 * * * 7days f()', '0 3 * * *', '7days', 'f()'],
    ['@daily reports f()', '@daily', 'reports', 'f()'],
    ['@hourly 5 x', '@hourly', '5', 'x'],
    ['0 3 * * * a.b:c= =', '0 3 * * *', 'a.b:c=', '='],
  ])('reads %j', async (line, pattern, queue, payload) => {
    const [job] = await schedule(`j = ${line}`);
    expect(job).toMatchObject({ queue, cron: { pattern } });
    expect(String(job?.body)).toBe(payload);
  });

  it('keeps names of queues and jobs as bytes, and payloads as UTF-8', async () => {
    const [job] = await schedule("夜 = 0 3 * * * 队列 记('ü')");
    const bytes = (text: string) => Buffer.from(text).toString('latin1');
    expect(job).toMatchObject({ name: bytes('夜'), queue: bytes('队列'), body: Buffer.from("记('ü')") });
  });

  it('has a time zone, and says what becomes of what was missed, for all, wherever it stands', async () => {
    const jobs = await schedule('a = @daily q x\ntimezone = Asia/Shanghai\nb = 0 3 * * * q y\nmissed = skip');
    expect(jobs.map(({ name, cron, missed }) => [name, cron.timezone, missed])).toEqual([
      ['a', 'Asia/Shanghai', 'skip'],
      ['b', 'Asia/Shanghai', 'skip'],
    ]);
  });

  it('takes comments and quotes where all other settings do', async () => {
    const [job] = await schedule(
      `timezone = "Asia/Shanghai" ; ours\nmissed = skip # not once\na = @daily q x ; y`,
    );
    expect(job).toMatchObject({
      cron: { timezone: 'Asia/Shanghai' },
      missed: 'skip',
      body: Buffer.from('x ; y'),
    });
  });

  it.each<[string, string, string]>([
    ['no payload', 'j = 0 3 * * * reports', ':2: j: expected 5 fields, a queue and a payload'],
    ['no queue', 'j = 0 3 * * *', ':2: j: expected 5 fields'],
    ['seconds and no payload', 'j = 0 0 3 * * * reports', ':2: j: expected 6 fields'],
    ['a name and no payload', 'j = @daily reports', ':2: j: expected @daily, a queue and a payload'],
    ['nothing', 'j =', ':2: j: expected 5 fields'],
    ['a field too few', 'j = 0 3 * * reports f()', ':2: j: expected 5 fields'],
    ['a field too few, too', 'j = 0 3 * * reports f() g', ':2: j: "0 3 * * reports" is not a cron line'],
    ['a field that is none', 'j = 0 3 x * * q f()', ':2: j: "0 3 x * *" is not a cron line'],
    ['an hour that is none', 'i = @daily q x\nj = 0 0 25 * * * q f()', ':3: j: "0 0 25 * * *" is not a cron'],
    ['a day that never comes', 'j = 0 0 30 2 * q f()', ':2: j: "0 0 30 2 *" never comes'],
    ['endless fields', `j = 0${',0'.repeat(500)} 3 * * * q f()`, ':2: j: the fields are longer than 1000'],
    ['a name that is none', 'j = @often q f()', ':2: j: "@often" is not a cron line'],
    ['a reserved queue', 'j = @daily $watch f()', ':2: j: the queue\'s name "$watch" begins with "$"'],
    ['a queue with a slash', 'j = @daily a/b f()', ':2: j: the queue\'s name "a/b" has "/" in it'],
    ['a job with a slash', 'a/b = @daily q f()', ':2: a/b: the job\'s name has "/" in it'],
    ['a job with a blank', 'a b = @daily q f()', ':2: a b: the job\'s name has " " in it'],
    ['a long name', `${'j'.repeat(246)} = @daily q f()`, "the job's name is too long"],
    ['a job twice', 'j = @daily q f()\nj = @hourly q f()', ':3: j is already set on line 2'],
    ['a time zone that is none', 'timezone = Mars\nj = @daily q f()', ':2: timezone: "Mars" is not a time'],
    ['an empty time zone', 'timezone =', ':2: timezone: "" is not a time zone'],
    ['missed ticks that are neither', 'missed = twice', ':2: missed: "twice" is not once or skip'],
  ])('is refused for %s, saying where', async (_, lines, message) => {
    const reading = schedule(lines);
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(message);
  });

  it('takes the longest name that a client can ask for', async () => {
    expect(await schedule(`${'j'.repeat(245)} = @daily q f()`)).toHaveLength(1);
  });
});
