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
        options: '',
        priority: undefined,
        maxAttempts: 0,
        backoff: undefined,
        group: '',
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

  it('has options behind the name of a queue, as in a key', async () => {
    const options = '/attempts=3/backoff=fixed:1.5m/group=客户/pri=5';
    const jobs = await schedule(`a = 0 3 * * * reports${options} f()\nb = @daily 7/backoff=none f(1/2)`);
    expect(jobs).toMatchObject([
      {
        queue: 'reports',
        options,
        priority: 5,
        maxAttempts: 3,
        backoff: { kind: 'fixed', seconds: 90 },
        group: Buffer.from('客户').toString('latin1'),
      },
      { queue: '7', priority: undefined, maxAttempts: 0, backoff: { kind: 'none' }, group: '' },
    ]);
    expect(String(jobs[1]?.body)).toBe('f(1/2)');
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
    ['a queue with a slash', 'j = @daily a/b f()', ':2: j: a scheduled job has no option "b"; there are'],
    ['a name and options of none', 'j = @daily /pri=1 f()', ':2: j: the queue\'s name "" is empty'],
    [
      'an option of other messages',
      'j = @daily q/delay=5 f()',
      'a scheduled job has no option "delay"; there',
    ],
    ['an id', 'j = @daily q/id=k f()', 'has no option "id"; there are attempts, backoff, group, pri'],
    ['an option that is none', 'j = @daily q/atempts=3 f()', 'no option "atempts"; is it attempts?'],
    ['an option twice', 'j = @daily q/pri=1/pri=2 f()', ':2: j: option "pri" is given twice'],
    ['an option without a value', 'j = @daily q/group f()', ':2: j: option "group" needs a value'],
    ['no attempts', 'j = @daily q/attempts=0 f()', 'option "attempts": "0" is not a whole number from 1 to'],
    [
      'a backoff that is none',
      'j = @daily q/backoff=5 f()',
      'option "backoff": "5" is not exponential, none',
    ],
    ['a group of no name', 'j = @daily q/group= f()', ':2: j: option "group": it is empty'],
    ['a long group', `j = @daily q/group=${'x'.repeat(243)} f()`, ':2: j: option "group": it is too long'],
    ['a priority that is none', 'j = @daily q/pri=low f()', 'option "pri": "low" is not a whole number'],
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

  it.each([
    ['0 0 32 * *', '32 is no day: days are 1 to 31'],
    ['0 0 0 * *', '0 is no day: days are 1 to 31'],
    ['0 0 1,2,40 * *', '40 is no day: days are 1 to 31'],
    ['0 0 32W * *', '32 is no day: days are 1 to 31'],
    ['0 0 * 13 *', '13 is no month: months are 1 to 12, or jan to dec'],
    ['0 0 * 0 *', '0 is no month: months are 1 to 12, or jan to dec'],
    ['0 0 * sept *', '"sept" is no month: months are 1 to 12, or jan to dec'],
    ['0 0 * * 8', '8 is no weekday: weekdays are 0 to 7, or sun to sat'],
    ['0 0 * * 5-9', '9 is no weekday: weekdays are 0 to 7, or sun to sat'],
    ['0 24 * * *', '24 is no hour: hours are 0 to 23'],
    ['0 20-24/2 * * *', '24 is no hour: hours are 0 to 23'],
    ['60 * * * *', '60 is no minute: minutes are 0 to 59'],
    ['1.5 * * * *', '"1.5" is no minute: minutes are 0 to 59'],
    ['60 0 3 * * *', '60 is no second: seconds are 0 to 59'],
    ['*/0 * * * *', '"*/0": 0 is no step of minutes: steps are 1 to 60'],
    ['*/61 * * * *', '"*/61": 61 is no step of minutes: steps are 1 to 60'],
    ['0 1-5/0 * * *', '"1-5/0": 0 is no step of hours: steps are 1 to 24'],
    ['5/10 * * * *', '"5/10": a step is behind * or a range, such as 5-59/10'],
    ['0 22-2 * * *', '"22-2" goes backwards: hours are 0 to 23, so write 22-23,0-2'],
    ['50-10/5 * * * *', '"50-10" goes backwards: minutes are 0 to 59, so write 50-59,0-10'],
    ['0 0 * nov-feb *', '"nov-feb" goes backwards: months are 1 to 12, so write 11-12,1-2'],
    ['0 0 * * fri-mon', '"fri-mon" goes backwards: weekdays are 0 to 7, so write 5-6,0-1'],
    ['0 0 * * MON#6', '"MON#6": a month has the weekdays #1 to #5'],
    ['@often', '@often is none of @yearly, @monthly, @weekly, @daily, @hourly'],
  ])('refuses %j, saying what is wrong and what there may be', async (pattern, mistake) => {
    await expect(schedule(`j = ${pattern} q f()`)).rejects.toThrow(
      new ConfigError(`${file}:2: j: "${pattern}" is not a cron line: ${mistake}`),
    );
  });

  it('takes the ranges that it says to write instead of those that go backwards', async () => {
    const lines = [
      '0 22-23,0-2 * * *',
      '0 0 * 11-12,1-2 *',
      '0 0 * * 5-6,0-1',
      '0 0 * * fri-sun',
      '0 0 * * 7',
    ];
    const jobs = await schedule(lines.map((line, index) => `j${index} = ${line} q f()`).join('\n'));
    expect(jobs.map(({ cron }) => cron.pattern)).toEqual(lines);
  });

  it('takes the longest name that a client can ask for', async () => {
    expect(await schedule(`${'j'.repeat(245)} = @daily q f()`)).toHaveLength(1);
  });
});
