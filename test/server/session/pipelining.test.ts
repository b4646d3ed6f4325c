import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withServer();

it.beforeEach(async ({ other }) => {
  await other.exchange('flush_all\r\n');
});

/** Sends, sends nothing more, and reads until the server has closed, too. */
async function oneShot(server: TestServer, commands: string | Buffer): Promise<string> {
  using shot = await TextClient.connect(server.port);
  shot.socket.end(commands);
  return (await shot.rest()).toString();
}

describe('many commands at once', () => {
  it('are answered in order, ten thousand in one packet', async ({ client }) => {
    const count = 5000;
    let commands = '';
    let answers = '';
    for (let i = 0; i < count; i++) {
      commands += `set many ${i} 0 4\r\n${String(i).padStart(4, '0')}\r\nget many\r\n`;
      answers += `STORED\nVALUE many ${i} 4\n${String(i).padStart(4, '0')}\nEND\n`;
    }
    expect(await client.exchange(commands)).toBe(answers.trimEnd());
  });

  it('are answered to the last one, however much there is to send', async ({ client }) => {
    const answers = await client.exchange('stats settings\r\n'.repeat(8000));
    expect(answers.length).toBeGreaterThan(2 ** 21);
    expect(answers.match(/^END$/gm)).toHaveLength(8000);

    for (let i = 0; i < 20; i++) await client.set('large', Buffer.alloc(500_000, `${i},`));
    client.send(`${'get large\r\n'.repeat(20)}mn\r\n`);
    for (let i = 0; i < 20; i++) {
      const [body] = (await client.values()) as Buffer[];
      expect(body?.equals(Buffer.alloc(500_000, `${i},`))).toBe(true);
    }
    expect(await client.line()).toBe('MN');
  });

  it('are answered the same when they come byte by byte', async ({ server, client, other }) => {
    const conversation = [
      'version\r\nset q 5 0 6\r\na\r\nb\0c\r\nset q 6 0 0\r\n\r\nget q/peek\r\ngets q\r\n',
      'set q 0 0 3\r\ntoo long\r\nhello\r\nget q/opne\r\nset q 0 0 2000000\r\n',
    ].join('');
    const behind =
      '\r\nadd q 1 0 1 noreply\r\nx\r\nget q nothing q\r\ndelete q\r\ncas q 0 0 1 1\r\nx\r\nflush_all 5\r\n';
    const tooLarge = Buffer.alloc(2_000_000, 'x');
    const reset = 'delete q\r\nset q 0 0 1\r\nx\r\nget q\r\n';
    await other.exchange(reset);
    const whole = await client.exchange(
      Buffer.concat([Buffer.from(conversation), tooLarge, Buffer.from(behind)]),
    );
    await other.exchange(reset);
    using slow = await TextClient.connect(server.port);
    for (const byte of Buffer.from(conversation)) {
      slow.send(Buffer.of(byte));
      await setImmediate();
    }
    slow.send(tooLarge);
    for (const byte of Buffer.from(behind)) {
      slow.send(Buffer.of(byte));
      await setImmediate();
    }
    const withoutIds = (answer: string) => answer.replace(/^(VALUE q \d \d) \d+$/m, '$1 id');
    expect(withoutIds(await slow.exchange(''))).toBe(withoutIds(whole));
    expect(whole).toContain('SERVER_ERROR object too large for cache');
  });

  it('wait behind a read that waits, and are answered after it', async ({ client, other }) => {
    client.send('version\r\nget later/t=60000\r\nversion\r\nget later\r\n');
    expect(await client.line()).toMatch(/^VERSION/);
    await other.exchange('set later 0 0 1\r\na\r\nset later 0 0 1\r\nb\r\n');
    expect(await client.values()).toEqual([Buffer.from('a')]);
    expect(await client.line()).toMatch(/^VERSION/);
    expect(await client.values()).toEqual([Buffer.from('b')]);
  });

  it('are served in the order in which they began to wait, whoever sent them', async ({
    server,
    client,
    other,
  }) => {
    using third = await TextClient.connect(server.port);
    client.send('get turns/t=60000\r\n');
    await other.ask('version');
    third.send('get turns/t=60000\r\n');
    await other.ask('version');
    await other.exchange('set turns 0 0 1\r\na\r\nset turns 0 0 1\r\nb\r\n');
    expect([await client.values(), await third.values()]).toEqual([[Buffer.from('a')], [Buffer.from('b')]]);
  });

  it('that are too many to keep end the wait before them', async ({ client }) => {
    client.send(`get nobody/t=999999999\r\n${'version\r\n'.repeat(50_000)}`);
    expect(await client.line()).toBe('END');
    expect(await client.line()).toMatch(/^VERSION/);
  });

  it('wait behind a read that opens a job, and see it open', async ({ client, other }) => {
    await other.exchange('set q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\nset q 0 0 1\r\nc\r\n');
    const commands =
      'get q/open\r\nget q/close\r\nget q/open\r\nset q/close 0 0 0\r\n\r\nget q/open\r\nget q/abort\r\n';
    const value = (body: string) => `VALUE q/open 0 1\n${body}\nEND`;
    expect(await client.exchange(commands)).toBe(
      [value('a'), 'END', value('b'), 'STORED', value('c'), 'END'].join('\n'),
    );
    expect(await client.exchange('get q\r\nget q\r\n')).toBe('VALUE q 0 1\nc\nEND\nEND');
  });

  it('a second open in the same packet is refused as well, and both messages stay', async ({
    server,
    other,
  }) => {
    for (const commands of [
      'get q/open\r\nget q/open\r\n',
      'get q/open q/open\r\n',
      'get q/open\r\nget q\r\n',
    ]) {
      await other.exchange('delete q\r\nset q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\n');
      using shot = await TextClient.connect(server.port);
      shot.send(commands);
      expect((await shot.rest()).toString(), commands).toMatch(
        /^VALUE q\/open 0 1\r\na\r\n(END\r\n)?CLIENT_ERROR .*\r\n$/,
      );
      expect(await other.getText('q/t=60000'), commands).toBe('a');
      expect(await other.getText('q/t=60000'), commands).toBe('b');
    }
  });
});

describe('after half-close', () => {
  it('all that was received is answered, then the connection is closed', async ({ server }) => {
    expect(await oneShot(server, 'set q 0 0 1\r\nx\r\nget q\r\nversion\r\nfoo\r\n')).toMatch(
      /^STORED\r\nVALUE q 0 1\r\nx\r\nEND\r\nVERSION [^\r]*\r\nERROR\r\n$/,
    );
    expect(await oneShot(server, '')).toBe('');
    expect(await oneShot(server, 'get q')).toBe('');
    expect(await oneShot(server, 'set q 0 0 10\r\nhalf')).toBe('');
    expect((await oneShot(server, 'stats settings\r\n'.repeat(8000))).match(/^END\r$/gm)).toHaveLength(8000);
    expect(await oneShot(server, `set q 0 0 1\r\nx\r\n${'get q\r\n'.repeat(2000)}`)).toBe(
      `STORED\r\nVALUE q 0 1\r\nx\r\nEND\r\n${'END\r\n'.repeat(1999)}`,
    );
  });

  it('a read that waits gets what is there, or nothing at once', async ({ server, other }) => {
    await other.set('q', 'x');
    expect(await oneShot(server, 'get q/t=999999999\r\n')).toBe('VALUE q/t=999999999 0 1\r\nx\r\nEND\r\n');
    expect(await oneShot(server, 'get q/t=999999999\r\nversion\r\nget p/t=999999999\r\n')).toMatch(
      /^END\r\nVERSION [^\r]*\r\nEND\r\n$/,
    );
  });

  it('a read whose packet comes with the end takes a message only to deliver it', async ({
    server,
    other,
  }) => {
    // As long as what the server reads at once, so that it sees the end before it can answer.
    const command = `get${' '.repeat(65_536 - 'getq/t=5000\r\n'.length)}q/t=5000\r\n`;
    for (let i = 0; i < 5; i++) {
      await other.set('q', `${i}`);
      using shot = await TextClient.connect(server.port);
      process.kill(server.pid, 'SIGSTOP');
      shot.socket.end(command);
      await once(shot.socket, 'finish');
      process.kill(server.pid, 'SIGCONT');
      expect((await shot.rest()).toString()).toBe(`VALUE q/t=5000 0 1\r\n${i}\r\nEND\r\n`);
    }
  });

  it('what was open goes back', async ({ server, other }) => {
    await other.set('q', 'x');
    expect(await oneShot(server, 'get q/open\r\n')).toBe('VALUE q/open 0 1\r\nx\r\nEND\r\n');
    expect(await other.getText('q/t=60000')).toBe('x');
  });
});
