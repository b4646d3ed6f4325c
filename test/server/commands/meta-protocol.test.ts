import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { until } from '../../helpers/until.ts';

const it = withServer(['--backoff', 'none']);

it.beforeEach(async ({ other }) => {
  await other.exchange('delete q\r\n');
});

describe('a session of meta commands', () => {
  it('stores and takes, in order and with all flags', async ({ client }) => {
    expect(await client.exchange('ms q 5 F7 T0 Oone k s\r\nfirst\r\nms q 2 MA\r\nok\r\n')).toBe(
      'HD Oone kq s5\nHD',
    );
    expect(await client.exchange('mg q v f s k Otwo\r\nmg q v\r\nmg q v Oend k\r\n')).toBe(
      'VA 5 f7 s5 kq Otwo\nfirst\nVA 2\nok\nEN Oend kq',
    );
  });

  it('looks without taking where there is no v', async ({ client }) => {
    await client.set('q', 'job', 9);
    expect(await client.exchange('mg q s f\r\nmg q\r\nmg q v\r\nmg q\r\n')).toBe(
      'HD s3 f9\nHD\nVA 3\njob\nEN',
    );
  });

  it('is quiet with q about what is usual, up to its mn', async ({ client }) => {
    expect(
      await client.exchange(
        'ms q 1 q\r\na\r\nms q 1 q\r\nb\r\nmg none v q\r\nmg q v q\r\nmd none q\r\nmd q q\r\n',
      ),
    ).toBe('VA 1\na\nNF');
    expect(await client.exchange('get q\r\n')).toBe('END');
  });

  it('has a mn leave only when the quiet stores before it are durable', async ({ server, client }) => {
    const stores = Array.from(
      { length: 100 },
      (_, i) => `ms durable 2 q\r\n${String(i).padStart(2, '0')}\r\n`,
    );
    expect(await client.exchange(stores.join(''))).toBe('');
    await server.kill();
    await server.start();
    await client.reconnect();
    for (let i = 0; i < 100; i++) expect(await client.getText('durable')).toBe(String(i).padStart(2, '0'));
    expect(await client.exchange('get durable\r\n')).toBe('END');
  });

  it('prepends, and adds what has no name as anything else', async ({ client }) => {
    expect(await client.exchange('ms q 1 ME\r\na\r\nms q 1 MP\r\nb\r\nms q 1 MR\r\nc\r\n')).toBe(
      'HD\nHD\nNS',
    );
    expect(await client.exchange('mg q v\r\nmg q v\r\nmg q v\r\n')).toBe('VA 1\nb\nVA 1\na\nEN');
  });

  it('lets messages expire with T, in seconds', async ({ client }) => {
    expect(await client.exchange('ms q 3 T-1\r\nold\r\nms q 3 T1000\r\nnew\r\nmg q v\r\n')).toBe(
      'HD\nHD\nVA 3\nnew',
    );
  });

  it('reads names in base64, and answers them so', async ({ client }) => {
    const name = Buffer.from('q').toString('base64');
    expect(await client.exchange(`ms ${name} 1 b\r\nx\r\nmg ${name} b v k\r\n`)).toBe(
      `HD\nVA 1 k${name} b\nx`,
    );
  });

  it('leases with T and v, tells the token with c, and ends the lease with md and C', async ({
    client,
    other,
  }) => {
    await client.set('q', 'one');
    await client.set('q', 'two');
    const answer = await client.exchange('mg q T50 v c\r\n');
    const [, token] = /^VA 3 c(\d+)\none$/.exec(answer) as RegExpExecArray;
    client.close();
    expect(await other.exchange(`md q C${token}\r\nmd q C${token}\r\n`)).toBe('HD\nNF');
    expect(await other.exchange('mg q T50 v\r\nmg q T60\r\n')).toBe('VA 3\ntwo\nHD');
    expect(await other.exchange('md q\r\nmd q\r\n')).toBe('HD\nHD');
    expect(await other.exchange('md q\r\n')).toBe('NF');
  });

  it('opens, closes and waits with the options of the key', async ({ client, other }) => {
    await other.set('q', 'one');
    await other.set('q', 'two');
    expect(await client.exchange('mg q/open v\r\nmg q/close/open v k\r\nmg q/abort v\r\n')).toBe(
      'VA 3\none\nVA 3 kq/close/open\ntwo\nEN',
    );
    expect(await client.exchange('mg q/info v s\r\n')).toMatch(
      /^VA (\d+) s\1\n\{"queue":"q".*"attempt":2.*\}\ntwo$/,
    );
    client.send('mg q/t=60000 v\r\n');
    await until(async () => [...(await other.stats('conns')).values()].includes('waiting'));
    await other.exchange('ms q 4\r\nlate\r\n');
    expect(await client.line()).toBe('VA 4');
    expect(await client.line()).toBe('late');
  });

  it('refuses what has no meaning for a queue, and stays in step', async ({ client }) => {
    expect(
      await client.exchange('ma q\r\nme q\r\nms q 3 C5\r\nbad\r\nmg q v h\r\nmg q v v\r\nms q 1\r\ny\r\n'),
    ).toBe(
      [
        'CLIENT_ERROR meta command ma is not supported',
        'CLIENT_ERROR meta command me is not supported',
        'CLIENT_ERROR flag "C" is not supported with ms: a message in a queue is never changed',
        'CLIENT_ERROR flag "h" is not supported with mg',
        'CLIENT_ERROR duplicate flag "v"',
        'HD',
      ].join('\n'),
    );
    expect(await client.exchange('mg q v\r\n')).toBe('VA 1\ny');
  });

  it('mixes with classic commands on one connection', async ({ client }) => {
    expect(
      await client.exchange('set q 0 0 1\r\na\r\nmg q v\r\nms q 1\r\nb\r\nget q\r\nversion\r\n'),
    ).toMatch(/^STORED\nVA 1\na\nHD\nVALUE q 0 1\nb\nEND\nVERSION \S+$/);
  });

  it('answers hundreds of requests in one go, in their order', async ({ client }) => {
    const many = Array.from(
      { length: 500 },
      (_, i) => `ms q ${String(i).length} O${i}\r\n${i}\r\nmg q v O${i}\r\n`,
    );
    const answers = many.map((_, i) => `HD O${i}\nVA ${String(i).length} O${i}\n${i}`);
    expect(await client.exchange(many.join(''))).toBe(answers.join('\n'));
  });
});
