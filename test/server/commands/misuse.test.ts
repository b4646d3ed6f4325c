import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withServer(['--memory']);

it.beforeEach(async ({ client }) => {
  await client.exchange('flush_all\r\n');
});

describe('lines that are no commands', () => {
  it('are answered ERROR, and the connection stays', async ({ client }) => {
    for (const line of ['', ' ', 'hello', 'GET q', 'get', 'gets', 'delete', 'incr q', '\0']) {
      expect(await client.exchange(`${line}\r\n`), JSON.stringify(line)).toBe('ERROR');
    }
  });

  it('are answered CLIENT_ERROR where the command is known, and the connection stays', async ({ client }) => {
    const lines = [
      'delete q x',
      'delete q 0 x',
      'flush q x',
      'flush_all 0 0',
      'touch q x',
      'incr q 1 x',
      'stats everything',
    ];
    for (const line of lines)
      expect(await client.exchange(`${line}\r\n`), line).toMatch(/^CLIENT_ERROR \S[^\n]*$/);
  });

  it('do not matter in their blanks', async ({ client }) => {
    expect(await client.exchange('  set   q  5   0  1  \r\nx\r\n')).toBe('STORED');
    expect(await client.exchange(' get  q  \r\nversion \r\n')).toMatch(/^VALUE q 5 1\nx\nEND\nVERSION/);
  });

  it('may end with LF alone', async ({ client }) => {
    expect(await client.exchange('set q 0 0 1\nx\nget q\n')).toBe('STORED\nVALUE q 0 1\nx\nEND');
  });

  it('show nothing of what was sent that could end the line or steer a terminal', async ({ client }) => {
    const answer = await client.exchange(Buffer.from('get q/\x1b[31m\x07=\x7f\r\n'));
    expect(answer).toBe('CLIENT_ERROR unknown option "?[31m?"');
  });
});

describe('what a queue does not do', () => {
  it('is refused with a reason, and its data is swallowed', async ({ client }) => {
    const requests = {
      'cas q 0 0 9 5\r\nflush_all\r\n': /^CLIENT_ERROR cas .*$/,
      'incr q 1\r\n': /^CLIENT_ERROR incr .*$/,
      'decr q 1\r\n': /^CLIENT_ERROR decr .*$/,
      'ma q\r\n': /^CLIENT_ERROR .*ma.*$/,
      'me q\r\n': /^CLIENT_ERROR .*me.*$/,
    };
    await client.set('q', 'x');
    for (const [request, answer] of Object.entries(requests)) {
      expect(await client.exchange(request), request).toMatch(answer);
    }
    expect(await client.getText('q')).toBe('x');
  });

  it('and what it does only where there is something to do it with is told apart', async ({ client }) => {
    const requests: Record<string, string | RegExp> = {
      'replace q/id=b 0 0 1\r\nx\r\n': 'NOT_STORED',
      'get q/id=nobody\r\n': 'END',
      'delete q/id=nobody\r\n': 'NOT_FOUND',
      'delete q/lease=1\r\n': 'NOT_FOUND',
      'touch q/lease=1 5\r\n': 'NOT_FOUND',
      'touch q 5\r\n': 'NOT_FOUND',
      'touch q/failed 5\r\n': 'NOT_FOUND',
      'set q/close/lease=1 0 0 1\r\nx\r\n': 'NOT_STORED',
      'set q/fail/lease=1 0 0 1\r\nx\r\n': 'NOT_STORED',
      'set q/return/lease=1 0 0 0\r\n\r\n': 'NOT_STORED',
      'set q/return 0 0 0\r\n\r\n': 'NOT_STORED',
      'set q/resume 0 0 0\r\n\r\n': 'NOT_STORED',
      'set q/move 0 0 1\r\np\r\n': 'NOT_STORED',
      'gat 5 nobody\r\n': 'END',
      'gats 5 nobody\r\n': 'END',
      'set $watch 0 0 1\r\nq\r\n': 'STORED',
      'set $client 0 0 2\r\n{}\r\n': 'STORED',
      'set $other 0 0 1\r\nx\r\n': /^CLIENT_ERROR .*\$other.*$/,
      'mg nobody v\r\n': 'EN',
      'ms q 9\r\nflush_all\r\n': 'HD',
      'md nobody\r\n': 'NF',
    };
    for (const [request, answer] of Object.entries(requests)) {
      expect(await client.exchange(request), request).toEqual(
        typeof answer === 'string' ? answer : expect.stringMatching(answer),
      );
    }
  });
});

describe('options', () => {
  it('that are unknown or make no sense are refused by name', async ({ client }) => {
    const refused: Record<string, string> = {
      'get q/opne': 'opne',
      'get q/fail': 'fail',
      'get q/final': 'final',
      'get q/delay=5': 'delay',
      'get q/t=x': '"t"',
      'get q/t=5 r': '"t"',
      'get q/failed/open': 'failed',
      'get q/failed/t=5': 'failed',
      'delete q/open': 'open',
      'flush q/peek': 'peek',
    };
    for (const [line, name] of Object.entries(refused)) {
      const answer = await client.exchange(`${line}\r\n`);
      expect(answer, line).toMatch(/^CLIENT_ERROR [^\n]*$/);
      expect(answer, line).toContain(name);
    }
  });

  it('that do not go with a store leave it unstored, its body swallowed', async ({ client }) => {
    for (const key of [
      'q/open',
      'q/t=5',
      'q/peek',
      'q/info',
      'q/failed',
      'q/final',
      'q/close/fail',
      'q/close/final',
      'q/every=5',
      'q/pause/resume',
      'q/move/close',
      'q/id=k/lease=1',
    ]) {
      expect(await client.exchange(`set ${key} 0 0 9\r\nflush_all\r\n`), key).toMatch(
        /^CLIENT_ERROR \S[^\n]*$/,
      );
    }
    for (const verb of ['add', 'replace', 'append', 'prepend']) {
      expect(await client.exchange(`${verb} q/close 0 0 9\r\nflush_all\r\n`)).toMatch(
        /^CLIENT_ERROR .*"close"/,
      );
    }
    expect((await client.stats()).get('curr_items')).toBe('0');
  });
});

describe('lengths that lie', () => {
  it('too short: the answer is an error, and the rest of the line is no command', async ({ client }) => {
    const answer = await client.exchange('set q 0 0 3\r\nxyz flush_all\r\nget q\r\n');
    expect(answer).toBe('CLIENT_ERROR bad data chunk\nEND');
  });

  it('too long: what follows is taken for the body until it is full', async ({ client }) => {
    const answer = await client.exchange('set q 0 0 12\r\nxyz\r\nversion\r\nget q\r\n');
    expect(answer).toBe('STORED\nVALUE q 0 12\nxyz\nversion\nEND');
  });

  it('impossible: refused, and the connection ends', async ({ client }) => {
    for (const length of ['-1', '-2147483648', '2147483648', '99999999999', '1e9', '0x10', '１']) {
      client.send(Buffer.from(`set q 0 0 ${length}\r\nflush_all\r\n`));
      expect((await client.rest()).toString(), length).toMatch(/^CLIENT_ERROR [^\n]*\r\n$/);
      await client.reconnect();
    }
  });
});

it('a web page that posts to the port reaches no queue', async ({ server, client }) => {
  const body = 'set q 0 0 4\r\nevil\r\nflush_all\r\n';
  client.send(`POST /q HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  expect((await client.rest()).toString()).toMatch(/^CLIENT_ERROR [^\r\n]*HTTP[^\r\n]*\r\n$/);
  using other = await TextClient.connect(server.port);
  expect((await other.stats()).get('curr_items')).toBe('0');
});
