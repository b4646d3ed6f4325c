import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { readConfig } from '../../../server/config/config.ts';
import type { Policies } from '../../../server/config/policies.ts';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { ConfigError } from '../../../shared/errors.ts';
import { withServer } from '../../fixtures/server.ts';
import { until } from '../../helpers/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-policies-'));
const file = join(directory, 'memq.ini');

const it = withServer(['--config', file]);

afterAll(() => rmSync(directory, { recursive: true }));

async function read(text: string): Promise<Policies> {
  writeFileSync(file, text);
  return (await readConfig([], file)).policies;
}

/** A name as the engine has it. */
function bytes(name: string): string {
  return Buffer.from(name).toString('latin1');
}

describe('[queue:...]', () => {
  it('refuses dead letters that would go round for ever, also by way of a glob', async () => {
    const direct = read('[queue:a]\ndead_letter_to = b\n[queue:b]\ndead_letter_to = a\n');
    await expect(direct).rejects.toThrow('memq.ini:2: dead_letter_to: they would go round: b -> a -> b');
    const byGlob = read('[queue:mail*]\ndead_letter_to = dead\n[queue:d*]\ndead_letter_to = mail-dead\n');
    await expect(byGlob).rejects.toThrow('they would go round: dead -> mail-dead -> dead');
    const chain = await read(
      '[queue:*]\ndead_letter_to = dead\n[queue:dead]\ndead_letter_to = morgue\n[queue:morgue]\ndead_letter_to =\n',
    );
    expect([chain.of('x').deadLetterTo, chain.of('dead').deadLetterTo]).toEqual(['dead', 'morgue']);
  });

  it('sets all that a policy has', async () => {
    const policies = await read(`[queue:mail]
max_items = 1000
max_bytes = 10m
when_full = drop_oldest
ttl = 1.5d
exptime = ignore
max_attempts = 3
backoff = fixed:2.5
lease = 5m
dead_letter_to = dead
keep_done = 0
fanout_to = log,  stats
max_running = 5
rate = 100/m burst 20
group_running = 2
group_turns = fair
group_order = free
keep_failed = 14d
max_failed = 10000`);
    expect(policies.of('mail')).toEqual({
      maxItems: 1000,
      maxBytes: 10 * 1024 ** 2,
      whenFull: 'drop_oldest',
      ttlMs: 129_600_000,
      exptime: 'ignore',
      maxAttempts: 3,
      backoff: { kind: 'fixed', seconds: 2.5 },
      leaseMs: 300_000,
      deadLetterTo: 'dead',
      keepDoneMs: 0,
      fanoutTo: ['log', 'stats'],
      maxRunning: 5,
      rate: { starts: 100, perMs: 60_000, burst: 20 },
      groupRunning: 2,
      groupTurns: 'fair',
      groupOrder: 'free',
      keepFailedMs: 1_209_600_000,
      maxFailed: 10_000,
    });
    expect(policies.of('mails')).toEqual(DEFAULT_POLICY);
  });

  it('stands over the settings for all', async () => {
    const policies = await read(
      'max_attempts = 7\nbackoff = none\nignore_exptime = yes\n[queue:a]\nmax_attempts = 2\n[queue:b]\nexptime = honour',
    );
    const { maxAttempts, backoff, exptime } = policies.of('a');
    expect([maxAttempts, backoff.kind, exptime]).toEqual([2, 'none', 'ignore']);
    expect(policies.of('b')).toMatchObject({ maxAttempts: 7, exptime: 'honour' });
    expect(policies.of('c')).toMatchObject({ maxAttempts: 7, exptime: 'ignore' });
  });

  it('of several that match all apply, in their order, and of what two set the later counts', async () => {
    const policies = await read(`[queue:*]
ttl = 10
max_items = 1
dead_letter_to = dead
fanout_to = log
[queue:mail.urgent]
max_items = 2
[queue:mail.*]
max_items = 3
lease = 9
[queue:mail.de]
dead_letter_to =
fanout_to =`);
    const of = (name: string) => policies.of(name);
    expect(of('push')).toMatchObject({ ttlMs: 10_000, maxItems: 1, leaseMs: 60_000, deadLetterTo: 'dead' });
    expect(of('mail.urgent')).toMatchObject({ ttlMs: 10_000, maxItems: 3, leaseMs: 9000 });
    expect(of('mail.de')).toMatchObject({ maxItems: 3, deadLetterTo: undefined, fanoutTo: [] });
  });

  it('does not send a queue that its glob matches to itself', async () => {
    const policies = await read('[queue:*]\ndead_letter_to = dead\nfanout_to = log, dead');
    expect(policies.of('mail')).toMatchObject({ deadLetterTo: 'dead', fanoutTo: ['log', 'dead'] });
    expect(policies.of('dead')).toMatchObject({ deadLetterTo: undefined, fanoutTo: ['log'] });
    expect(policies.of('log')).toMatchObject({ deadLetterTo: 'dead', fanoutTo: ['dead'] });
  });

  it('has times with units in a backoff, too', async () => {
    const policies = await read('[queue:q]\nbackoff = fixed:1.5m');
    expect(policies.of('q').backoff).toEqual({ kind: 'fixed', seconds: 90 });
  });

  it('is refused when the file is not UTF-8, saying where', async () => {
    for (const [text, line] of [
      ['; ok\n[queue:q]\r\nttl = 5 ; \xfc\nlease = 5\n', 3],
      ['ttl = 1\n\n\xc3', 3],
    ] as const) {
      writeFileSync(file, text, 'latin1');
      await expect(readConfig([], file)).rejects.toThrow(`${file}:${line}: the line is not UTF-8`);
    }
    writeFileSync(file, '\xff\xfeq\0', 'latin1');
    await expect(readConfig([], file)).rejects.toThrow(`${file} is UTF-16: save it as UTF-8`);
  });

  it('names queues in UTF-8, which the engine has as bytes', async () => {
    const policies = await read('[queue:邮件]\ndead_letter_to = 死信\nfanout_to = 日志, b');
    expect(policies.of(bytes('邮件'))).toMatchObject({
      deadLetterTo: bytes('死信'),
      fanoutTo: [bytes('日志'), 'b'],
    });
    expect(policies.of('邮件')).toEqual(DEFAULT_POLICY);
  });

  it.each<[string, string, string]>([
    ['an unknown key', '[queue:q]\nttl = 1\nmax_item = 1', ':3: unknown key max_item; is it max_items?'],
    [
      'a key of objects',
      '[queue:q]\nconstructor = 1',
      ':2: unknown key constructor; the keys are max_items, max_bytes,',
    ],
    ['a key of the server', '[queue:q]\nport = 1', ':2: port is about the whole server: it belongs before'],
    ['a key with -', '[queue:q]\nmax-items = 1', ':2: unknown key max-items; is it max_items?'],
    ['a number that is none', '[queue:q]\nmax_items = -1', ':2: max_items: "-1" is not a whole number'],
    ['a size that is none', '[queue:q]\nmax_bytes = 1t', ':2: max_bytes: "1t" is not a size'],
    ['a time that is none', '[queue:q]\nttl = 1h30', ':2: ttl: "1h30" is not a time'],
    ['a time too long', '[queue:q]\nkeep_done = 4000d', ':2: keep_done: "4000d" is not a time'],
    ['no lease', '[queue:q]\nlease = 0', ':2: lease: "0" is not a time'],
    ['a lease too long', '[queue:q]\nlease = 31d', ':2: lease: "31d" is not a time'],
    ['no attempts', '[queue:q]\nmax_attempts = 0', ':2: max_attempts: "0" is not'],
    ['a backoff that is none', '[queue:q]\nbackoff = fixed', ':2: backoff: '],
    ['a backoff before now', '[queue:q]\nbackoff = fixed:-1', ':2: backoff: "-1" is not a time'],
    ['a backoff without end', `[queue:q]\nbackoff = fixed:${'9'.repeat(400)}`, ':2: backoff: "999'],
    [
      'a word that is none',
      '[queue:q]\nwhen_full = drop',
      ':2: when_full: "drop" is not refuse or drop_oldest',
    ],
    ['another', '[queue:q]\nexptime = yes', ':2: exptime: "yes" is not honour or ignore'],
    [
      'a target with a slash',
      '[queue:q]\ndead_letter_to = a/b',
      ':2: dead_letter_to: the queue\'s name "a/b" has',
    ],
    [
      'a target of the server',
      '[queue:q]\nfanout_to = a, $b',
      ':2: fanout_to: the queue\'s name "$b" begins',
    ],
    ['an empty target', '[queue:q]\nfanout_to = a,,b', ':2: fanout_to: the queue\'s name "" is empty'],
    ['a target twice', '[queue:q]\nfanout_to = a, b,a', ':2: fanout_to: "a, b,a" names a queue twice'],
    ['itself', '[queue:q]\n\ndead_letter_to = q', ':3: dead_letter_to: that is the queue itself'],
    ['itself, too', '[queue:邮]\nfanout_to = a,邮', ':2: fanout_to: that is the queue itself'],
    ['no queue', 'port = 1\n[queue:]', ":2: [queue:]: the queue's name is empty"],
    ["a queue of the server's", '[queue:$watch]', ':1: [queue:$watch]: the queue\'s name begins with "$"'],
    ['a queue with a slash', '[queue:a/*]', ':1: [queue:a/*]: the queue\'s name has "/" in it'],
    ['a queue with a blank', '[queue:a b]', ':1: [queue:a b]: the queue\'s name has " " in it'],
    ['a bracket that is not closed', '[queue:a[b*]', ':1: [queue:a[b*]: "a[b*" is not a glob'],
    ['a brace that is not closed', '[queue:{a,b]', ':1: [queue:{a,b]: "{a,b" is not a glob'],
    ['a range of numbers', '[queue:q{1..30}]', ':1: [queue:q{1..30}]: a glob may not have {1..30} in it'],
    ['a group', '[queue:(a)*]', ':1: [queue:(a)*]: a glob may not have ( in it'],
    ['a backslash', '[queue:\\d*]', ':1: [queue:\\d*]: a glob may not have \\ in it'],
    ['quotes', '[queue:"a"*]', ':1: [queue:"a"*]: a glob may not have " in it'],
  ])('is refused for %s, saying where', async (_, text, message) => {
    const reading = read(text);
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(`${file}${message}`);
  });
});

describe('a server with policies', () => {
  const text = `[queue:*]
dead_letter_to = dead
backoff = none
max_attempts = 2
[queue:full.*]
max_items = 2
[queue:full.drop]
when_full = drop_oldest
[queue:bytes]
max_bytes = 2k
[queue:short]
ttl = 0.05
[queue:dies]
ttl = 0.05
dead_letter_to = dies.too
[queue:dies.too]
ttl = 0.05
[queue:old]
exptime = ignore
[queue:leased]
lease = 0.05
dead_letter_to =
[queue:forgets]
keep_done = 0
[queue:订单]
fanout_to = 日志, stats
[queue:fan]
fanout_to = fan.a, full.fan
`;

  beforeAll(async () => {
    writeFileSync(file, text);
  });

  it('tells what is in force for a queue', async ({ client }) => {
    expect(Object.fromEntries(await client.stats('settings full.drop'))).toEqual({
      max_running: '0',
      rate: '',
      group_running: '1',
      group_turns: 'arrival',
      group_order: 'strict',
      max_items: '2',
      max_bytes: '0',
      when_full: 'drop_oldest',
      ttl_ms: '0',
      exptime: 'honour',
      max_attempts: '2',
      backoff: 'none',
      lease_ms: '60000',
      dead_letter_to: 'dead',
      keep_done_ms: '3600000',
      fanout_to: '',
      keep_failed_ms: '0',
      max_failed: '0',
    });
    expect((await client.stats('settings 订单')).get('fanout_to')).toBe(bytes('日志,stats'));
    expect(await client.ask('stats settings a b')).toBe('CLIENT_ERROR stats "settings a b" is not known');
  });

  it('refuses what is too many or too large for a queue, or drops the oldest', async ({ client }) => {
    const refused = expect.stringMatching(/^SERVER_ERROR out of memory storing object: .*full/);
    for (const answer of ['STORED', 'STORED', refused])
      expect(await client.set('full.a', 'x')).toEqual(answer);
    for (const body of ['1', '2', '3']) expect(await client.set('full.drop', body)).toBe('STORED');
    expect(await client.exchange('get full.drop full.drop\r\n')).toMatch(/\n2\n.*\n3\nEND$/);
    expect(await client.set('bytes', 'x'.repeat(1000))).toBe('STORED');
    expect(await client.set('bytes', 'x'.repeat(1000))).toEqual(refused);
  });

  it('keeps what failed or expired in another queue', async ({ client }) => {
    await client.set('mail', 'job');
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(await client.getText('mail/open')).toBe('job');
      expect(await client.set('mail/fail', 'no')).toBe('STORED');
    }
    expect(await client.getJob('dead/info')).toMatchObject({ body: 'job', attempt: 1, error: 'no' });
    await client.set('short', 'late');
    await until(async () => (await client.getText('short/peek')) === undefined);
    expect(await client.getJob('dead/info/t=60000')).toMatchObject({ body: 'late', error: 'it expired' });
  });

  it('keeps it there no longer than that queue keeps anything', async ({ client }) => {
    await client.set('dies', 'brief');
    await until(async () => (await client.getText('dies/peek')) === undefined);
    await until(async () => (await client.getText('dies.too/peek')) === undefined);
    expect(await client.getJob('dead/info/t=60000')).toMatchObject({ body: 'brief', error: 'it expired' });
  });

  it('gives leases back in their time, and keeps what failed where it has no other queue', async ({
    client,
  }) => {
    await client.set('leased', 'job');
    expect(await client.exchange('gats 0 leased\r\n')).toContain('job');
    expect(await client.getJob('leased/open/info/t=60000')).toMatchObject({ body: 'job', attempt: 2 });
    expect(await client.set('leased/fail', 'no')).toBe('STORED');
    expect(await client.getJob('leased/failed/info')).toMatchObject({ body: 'job', error: 'no' });
  });

  it('expires nothing where that is ignored, and forgets what is done where that is asked for', async ({
    client,
  }) => {
    for (const queue of ['old', 'young']) expect(await client.ask(`set ${queue} 0 -1 1\r\nx`)).toBe('STORED');
    expect([await client.getText('old'), await client.getText('young')]).toEqual(['x', undefined]);
    for (const [key, state] of [
      ['forgets/id=1', undefined],
      ['mail/id=1', 'complete'],
    ] as const) {
      await client.set(key, 'x');
      expect(await client.getText(key.replace(/\/.*/, ''))).toBe('x');
      const status = await client.getText(key);
      expect(status === undefined ? undefined : JSON.parse(status).state).toBe(state);
    }
  });

  it('stores what is set on one queue in others, by their UTF-8 names', async ({ client }) => {
    expect(await client.ask(Buffer.from('set 订单 5 0 3\r\njob'))).toBe('STORED');
    for (const name of ['订单', '日志', 'stats']) {
      client.send(Buffer.from(`get ${name}\r\n`));
      expect(await client.values()).toEqual([Buffer.from('job')]);
    }
  });

  it('stores nothing anywhere when one of these is full, and says which', async ({ client }) => {
    expect([await client.set('fan', '1'), await client.set('fan', '2')]).toEqual(['STORED', 'STORED']);
    expect(await client.set('fan', '3')).toBe(
      'SERVER_ERROR out of memory storing object: fanout_to full.fan: queue is full',
    );
    for (const queue of ['fan', 'fan.a', 'full.fan'])
      expect(await client.get(`${queue} ${queue} ${queue}`)).toEqual([Buffer.from('1'), Buffer.from('2')]);
  });
});
