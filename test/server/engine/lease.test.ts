import { describe, expect, vi } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** A lease of no seconds, the queue's own, is over soon. */
const config = '[queue:*]\nlease = 0.1';

const it = withServer(['--memory', '--backoff', 'none'], config);

it.beforeEach(async ({ other }) => {
  await other.exchange('delete q\r\n');
});

interface Lease {
  readonly body: string;
  readonly token: string;
}

/** `gats`: the body and the token; undefined when there was nothing. */
async function lease(client: TextClient, seconds: number, key = 'q'): Promise<Lease | undefined> {
  const answer = await client.exchange(`gats ${seconds} ${key}\r\n`);
  if (answer === 'END') return undefined;
  const match = /^VALUE \S+ \d+ \d+ (\d+)\n(.*)\nEND$/s.exec(answer);
  if (match === null) throw new Error(answer);
  return { token: match[1], body: match[2] };
}

async function token(client: TextClient, seconds: number, key = 'q'): Promise<string> {
  return ((await lease(client, seconds, key)) as Lease).token;
}

/** Waits for the next message; which attempt it is. */
async function nextAttempt(client: TextClient): Promise<number> {
  const text = (await client.getText('q/info/t=60000')) as string;
  return (JSON.parse(text.split('\n')[0]) as { attempt: number }).attempt;
}

function seconds(time: number): Buffer {
  const extras = Buffer.alloc(4);
  extras.writeInt32BE(time);
  return extras;
}

/** Every way to end or extend a lease by its token, and what is answered when there is none any more. */
const USES = [
  { what: 'delete', command: (t: string) => `delete q/lease=${t}\r\n`, yes: 'DELETED', no: 'NOT_FOUND' },
  { what: 'touch', command: (t: string) => `touch q/lease=${t} 50\r\n`, yes: 'TOUCHED', no: 'NOT_FOUND' },
  {
    what: 'close',
    command: (t: string) => `set q/close/lease=${t} 0 0 2\r\nok\r\n`,
    yes: 'STORED',
    no: 'NOT_STORED',
  },
  {
    what: 'fail',
    command: (t: string) => `set q/lease=${t}/fail/final 0 0 3\r\nbad\r\n`,
    yes: 'STORED',
    no: 'NOT_STORED',
  },
  { what: 'md', command: (t: string) => `md q C${t}\r\n`, yes: 'HD', no: 'NF' },
];

describe('a token', () => {
  it('is new for each lease, not zero and exact in a double, in all protocols', async ({
    server,
    worker,
    other,
  }) => {
    for (let i = 0; i < 4; i++) await other.set('q', `job ${i}`);
    using binary = await BinaryClient.connect(server.port);
    const ids = [Number(await token(worker, 50)), Number(await token(worker, 50))];
    ids.push(Number((await binary.ask(Opcode.gat, { key: 'q', extras: seconds(50) })).cas));
    const meta = await worker.exchange('mg q T50 c v\r\n');
    expect(meta).toMatch(/^VA 5 c\d+\njob 3$/);
    ids.push(Number(/c(\d+)/.exec(meta)?.[1]));
    for (const id of ids) expect(id > 0 && id < 2 ** 53).toBe(true);
    expect(new Set(ids).size).toBe(4);

    await other.exchange(`set q/fail/lease=${ids[0]} 0 0 0\r\n\r\n`);
    const again = (await lease(other, 50)) as Lease;
    expect(again.body).toBe('job 0');
    expect(ids).not.toContain(Number(again.token));
  });

  it('is not the id that a read of the message tells', async ({ worker, other }) => {
    await other.set('q', 'job');
    const t = await token(worker, 50);
    await other.set('q', 'next');
    const [, id] = /^VALUE q 0 4 (\d+)\n/.exec(await other.exchange('gets q\r\n')) as RegExpExecArray;
    expect(await other.exchange(`delete q/lease=${id}\r\n`)).toBe('NOT_FOUND');
    expect(await other.exchange(`delete q/lease=${t}\r\n`)).toBe('DELETED');
  });

  it.for(USES)(
    'is good for a $what from any connection, also when its own is gone',
    async (use, { worker, other }) => {
      await other.set('q', 'job');
      const t = await token(worker, 50);
      worker.close();
      expect(await other.exchange('get q\r\n')).toBe('END');
      expect(await other.exchange(use.command(t))).toBe(use.yes);
      if (use.what !== 'touch') expect(await other.exchange(use.command(t))).toBe(use.no);
      expect(await other.exchange('get q\r\n')).toBe('END');
    },
  );

  it('is good for the binary protocol, as the CAS of a delete', async ({ server, other }) => {
    await other.set('q', 'job');
    using binary = await BinaryClient.connect(server.port);
    const { cas, value } = await binary.ask(Opcode.gat, { key: 'q', extras: seconds(50) });
    expect(value.toString()).toBe('job');
    using second = await BinaryClient.connect(server.port);
    expect((await second.ask(Opcode.touch, { key: `q/lease=${cas}`, extras: seconds(50) })).status).toBe(0);
    expect((await second.ask(Opcode.delete, { key: 'q', cas })).status).toBe(0);
    expect((await second.ask(Opcode.delete, { key: 'q', cas })).status).toBe(1);
  });

  it('never drops the queue, whatever it is', async ({ server, other }) => {
    await other.set('q', 'job');
    for (const t of ['1', '9007199254740991', '9007199254740993', '9999999999999999']) {
      expect(await other.exchange(`delete q/lease=${t}\r\n`)).toBe('NOT_FOUND');
    }
    for (const t of ['0', '-1', 'x', '', '1e3', '99999999999999999']) {
      expect(await other.exchange(`delete q/lease=${t}\r\n`)).toMatch(/^CLIENT_ERROR /);
    }
    using binary = await BinaryClient.connect(server.port);
    for (const cas of [1n, 2n ** 53n, 2n ** 64n - 1n]) {
      expect((await binary.ask(Opcode.delete, { key: 'q', cas })).status).toBe(1);
    }
    expect(await other.getText('q')).toBe('job');
  });

  it('is good for nothing when the time is over: the message is there again, one attempt later', async ({
    worker,
    other,
  }) => {
    await other.set('q', 'job');
    const t = await token(worker, 0);
    expect(await nextAttempt(other)).toBe(2);
    for (const { command, no } of USES) expect(await worker.exchange(command(t))).toBe(no);
  });

  it('ends only its own lease, not the one that came after it', async ({ worker, other }) => {
    await other.set('q', 'job');
    const late = await token(worker, 0);
    expect(await other.getText('q/open/t=60000')).toBe('job');
    for (const { command, no } of USES) expect(await worker.exchange(command(late))).toBe(no);
    expect(await other.exchange('get q/abort\r\n')).toBe('END');
    expect(await nextAttempt(other)).toBe(3);
  });
});

describe('a lease', () => {
  it('of no seconds, of too many, or with other options is refused', async ({ other }) => {
    await other.set('q', 'job');
    for (const command of ['gat -1 q', 'gats 2592001 q', 'touch q -1', 'gat x q']) {
      expect(await other.exchange(`${command}\r\n`)).toBe('CLIENT_ERROR invalid exptime argument');
    }
    expect(await other.exchange('gat 10 q/open\r\n')).toMatch(/^CLIENT_ERROR option "open"/);
    expect(await other.exchange('get q/lease=1\r\n')).toMatch(/^CLIENT_ERROR option "lease"/);
    expect(await other.getText('q')).toBe('job');
  });

  it('of zero seconds lasts as long as the queue says, which is a minute', async () => {
    let now = 1_700_000_000_000;
    let disk = new MemoryDisk();
    const options = { clock: () => now, policy: () => DEFAULT_POLICY, maxQueues: 10 };
    const first = await TestEngine.open(disk, options);
    await first.enqueue('q', 'job');
    const delivery = await first.reserve('q', { mode: 'lease', leaseMs: 0 });
    expect(delivery && textOf(delivery)).toBe('job');
    for (const [later, expected] of [
      [59_999, undefined],
      [60_001, 'job'],
    ] as const) {
      now = 1_700_000_000_000 + later;
      disk = disk.kill();
      const engine = await TestEngine.open(disk, options);
      const taken = await engine.reserve('q', { mode: 'take', waitMs: expected === undefined ? 0 : 10_000 });
      expect(taken && textOf(taken)).toBe(expected);
      expect(taken?.attempt).toBe(expected && 2);
    }
  });

  it('is over when it was to be, and as much later as it was extended', async () => {
    fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const pass = async (seconds: number) => {
      for (let left = seconds; left > 0; left--) {
        vi.advanceTimersByTime(1000);
        for (let i = 0; i < 10; i++) await turn();
      }
    };
    const engine = await TestEngine.open(new MemoryDisk());
    try {
      for (const text of ['plain', 'extended']) await engine.enqueue('q', text);
      const plain = await engine.reserve('q', { mode: 'lease', leaseMs: 10_000 });
      const extended = await engine.reserve('q', { mode: 'lease', leaseMs: 10_000 });
      await pass(5);
      expect(await engine.extend(extended!.token, 100_000)).toBe(true);
      await pass(4);
      expect(await engine.take('q')).toBeUndefined();
      await pass(2);
      const first = await engine.take('q');
      expect([textOf(first!), first!.attempt]).toEqual(['plain', 2]);
      expect(await engine.extend(plain!.token, 1000)).toBe(false);
      await pass(93);
      expect(await engine.take('q')).toBeUndefined();
      await pass(2);
      const second = await engine.take('q');
      expect([textOf(second!), second!.attempt]).toEqual(['extended', 2]);
    } finally {
      await engine.close();
    }
  });

  it.each(['SIGKILL', 'SIGTERM'])(
    'runs on over a %s, and then comes back as another attempt',
    async (signal) => {
      await using own = await startServer({ config });
      using client = await TextClient.connect(own.port);
      for (const body of ['long', 'short']) await client.set('q', body);
      await client.set('idle', 'idle');
      const long = await token(client, 1000);
      await token(client, 0);
      await (signal === 'SIGKILL' ? own.kill() : own.stop());
      await own.start();
      await client.reconnect();
      expect(await client.getText('idle/info')).toMatch(/"attempt":1.*\nidle$/);
      expect(await client.getText('q/info/t=60000')).toMatch(/"attempt":2.*\nshort$/);
      expect(await client.exchange('get q\r\n')).toBe('END');
      expect(await client.exchange(`delete q/lease=${long}\r\n`)).toBe('DELETED');
    },
  );

  it('counts as an attempt each time, and in the end the message has failed', async () => {
    await using own = await startServer({ args: ['--memory', '--max-attempts', '2'], config });
    using client = await TextClient.connect(own.port);
    await client.set('q', 'job');
    await token(client, 0);
    expect((await lease(client, 0, 'q/t=60000'))?.body).toBe('job');
    let failed = await client.exchange('get q/failed/info\r\n');
    while (failed === 'END') failed = await client.exchange('get q/t=20\r\nget q/failed/info\r\n').then(last);
    expect(failed).toContain('"attempt":2');
    expect(failed).toContain('ended without an answer');
  });
});

/** What the last of two reads has answered. */
function last(answers: string): string {
  return answers.replace(/^END\n/, '');
}

describe('a lease without a token', () => {
  it('belongs to its connection and goes back with it, counted', async ({ worker, other }) => {
    await other.set('q', 'job');
    expect(await worker.exchange('gat 100 q\r\n')).toBe('VALUE q 0 3\njob\nEND');
    expect(await other.exchange('get q\r\n')).toBe('END');
    worker.close();
    expect(await nextAttempt(other)).toBe(2);
  });

  it.for(['delete q', 'get q/close', 'set q/close 0 0 0\r\n', 'set q/fail/final 0 0 3\r\nbad'])(
    'is ended by %j, and the queue stays',
    async (command, { worker, other }) => {
      await other.set('q', 'job');
      await other.set('q', 'next');
      await worker.exchange('gat 100 q\r\n');
      await worker.exchange(`${command}\r\n`);
      worker.close();
      expect(await other.getText('q')).toBe('next');
      expect(await other.exchange('get q\r\n')).toBe('END');
    },
  );

  it('goes back by an abort', async ({ worker, other }) => {
    await other.set('q', 'job');
    await worker.exchange('gat 100 q\r\n');
    expect(await worker.exchange('get q/abort\r\n')).toBe('END');
    expect(await nextAttempt(other)).toBe(2);
  });

  it('that is over drops no queue when it is ended too late', async ({ worker, other }) => {
    await other.set('q', 'job');
    await worker.exchange('gat 0 q\r\n');
    expect(await other.getText('q/open/t=60000')).toBe('job');
    await other.set('q', 'next');
    expect(await worker.exchange('touch q 50\r\n')).toBe('NOT_FOUND');
    expect(await worker.exchange('set q/fail 0 0 0\r\n\r\n')).toBe('NOT_STORED');
    expect(await worker.exchange('delete nothing\r\n')).toBe('NOT_FOUND');
    expect(await worker.getText('q')).toBe('next');
    expect(await other.exchange('get q/close\r\n')).toBe('END');
  });

  it('that is over leaves the message to who has it now', async ({ worker, other }) => {
    const commands = { a: 'delete a', b: 'touch b 50', c: 'get c/close', d: 'get d/abort' };
    for (const name of Object.keys(commands))
      await other.exchange(`delete ${name}\r\nset ${name} 0 0 3\r\njob\r\n`);
    await worker.exchange('gat 0 a b c d\r\n');
    for (const [name, command] of Object.entries(commands)) {
      expect(await other.getText(`${name}/open/t=60000`)).toBe('job');
      await other.set(name, 'next');
      expect(await worker.exchange(`${command}\r\n`)).toMatch(/^(NOT_FOUND|END)$/);
      expect(await worker.getText(name)).toBe('next');
    }
    other.close();
    for (const name of Object.keys(commands)) expect(await worker.getText(`${name}/t=60000`)).toBe('job');
  });

  it('is extended by touch', async ({ worker, other }) => {
    await other.set('q', 'job');
    expect(await worker.exchange('gat 0 q\r\ntouch q 100\r\n')).toMatch(/\njob\nEND\nTOUCHED$/);
    // Another lease of the same time, begun later, is over before.
    await other.set('q', 'second');
    await token(other, 0);
    expect(await nextAttempt(other)).toBe(2);
    expect(await worker.exchange('delete q\r\n')).toBe('DELETED');
  });

  it('is one a queue: a second read there is a misuse, a lease with a token is none', async ({
    worker,
    other,
  }) => {
    for (const body of ['1', '2', '3']) await other.set('q', body);
    await worker.exchange('gat 100 q\r\n');
    expect((await lease(worker, 100))?.body).toBe('2');
    expect(await worker.ask('gat 100 q')).toMatch(/^CLIENT_ERROR a read is open on this queue already/);
    expect(await worker.line()).toBeUndefined();
    expect(await other.getText('q')).toBe('1');
  });

  it('is there for many queues at once', async ({ worker, other }) => {
    for (const name of ['a', 'b', 'c']) await other.set(name, name);
    expect(await worker.exchange('gat 100 a b c\r\n')).toMatch(
      /^VALUE a .*\na\nVALUE b .*\nb\nVALUE c .*\nc\nEND$/,
    );
    for (const name of ['a', 'b', 'c']) expect(await worker.exchange(`delete ${name}\r\n`)).toBe('DELETED');
    worker.close();
    expect(await other.exchange('get a b c\r\n')).toBe('END');
  });
});
