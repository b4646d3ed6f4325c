import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BODIES, certain, HARM, LINES, PACKETS, STORAGE, uncertain, wrongParts } from './malformations.ts';

const it = withServer(['--memory']);

it.beforeEach(async ({ worker }) => {
  await worker.exchange('flush_all\r\n');
  await worker.set('victim', 'is here');
});

it.afterEach(async ({ worker }) => {
  expect(await worker.getText('victim/peek')).toBe('is here');
});

const ERROR = /^(ERROR|CLIENT_ERROR [^\r\n]+|SERVER_ERROR [^\r\n]+)\r\n$/;

describe.each(STORAGE)('$verb', (storage) => {
  const { verb } = storage;

  it.for(uncertain(storage))(
    'with %s ends the connection, and runs nothing of what follows',
    async ([, words], { client }) => {
      client.send(`${verb} ${words.replace('LENGTH', '5')}\r\n${HARM}mn\r\n`);
      const answer = (await client.rest()).toString('latin1');
      expect(answer).toMatch(ERROR);
    },
  );

  it.for(uncertain(storage))('with %s and noreply says nothing', async ([, words], { client }) => {
    client.send(`${verb} ${words.replace('LENGTH', '5')} noreply\r\n${HARM}mn\r\n`);
    expect((await client.rest()).toString('latin1')).toBe('');
  });

  it.for(certain(storage))('with %s passes over the body', async ([, words], { client }) => {
    const line = `${verb} ${words.replace('LENGTH', String(HARM.length))}`;
    expect(`${await client.exchange(`${line}\r\n${HARM}\r\n`)}\r\n`).toMatch(ERROR);
    expect(await client.exchange(`${line} noreply\r\n${HARM}\r\n`)).toBe('');
  });

  it('with a body that is too long or too short is refused, and silent with noreply', async ({ client }) => {
    const line = `${verb} q ${storage.words.join(' ').replace('LENGTH', '5')}`;
    for (const [, body] of BODIES) {
      expect(await client.exchange(`${line}\r\n${body}\r\n`), body).toBe('CLIENT_ERROR bad data chunk');
      expect(await client.exchange(`${line} noreply\r\n${body}\r\n`), body).toBe('');
    }
  });
});

describe.each(LINES)('%s', (verb, malformations) => {
  it.for(malformations)('with %s is refused, and does nothing', async ([, words], { client }) => {
    expect(`${await client.exchange(`${verb} ${words}\r\n`)}\r\n`).toMatch(ERROR);
  });

  it.for(malformations)('with %s and noreply is silent', async ([, words], { client }) => {
    expect(await client.exchange(`${verb} ${words} noreply\r\n`)).toBe('');
  });
});

describe('noreply', () => {
  it('is silent where all is right, too', async ({ client }) => {
    for (const verb of ['set', 'add', 'append', 'prepend', 'replace'])
      expect(await client.exchange(`${verb} q 0 0 1 noreply\r\nx\r\n`), verb).toBe('');
    for (const line of ['touch q 10', 'flush q', 'delete q', 'verbosity 1', 'incr q 1'])
      expect(await client.exchange(`${line} noreply\r\n`), line).toBe('');
  });

  it('means nothing where all that is wanted is the answer', async ({ client }) => {
    expect(await client.exchange('version noreply\r\n')).toMatch(/^VERSION /);
    expect(await client.exchange('stats noreply\r\n')).toMatch(/^CLIENT_ERROR /);
  });

  it('is a key where a get has it', async ({ client }) => {
    await client.set('noreply', 'mail');
    expect(await client.exchange('gets other noreply\r\n')).toMatch(/^VALUE noreply 0 4 \d+\nmail\nEND$/);
    expect(await client.exchange('get noreply\r\n')).toBe('END');
  });
});

describe('a line that ends in LF alone', () => {
  it('has a body that does so, or one that ends in CRLF', async ({ client }) => {
    expect(await client.exchange('set q 0 0 2\nhi\nset q 0 0 2\nho\r\nget q q\n')).toBe(
      'STORED\nSTORED\nVALUE q 0 2\nhi\nVALUE q 0 2\nho\nEND',
    );
  });

  it.for([
    ['negative flags', 'set a -1 0 5\nhello\n', /^CLIENT_ERROR [^\n]+$/],
    ['a body that is too large', `set a 0 0 2000000\n${'x'.repeat(2_000_000)}\n`, /^SERVER_ERROR [^\n]+$/],
    ['the same and noreply', `set a 0 0 2000000 noreply\n${'x'.repeat(2_000_000)}\n`, /^$/],
    ['a flag that there is not', 'ms a 5 X\nhello\n', /^CLIENT_ERROR [^\n]+$/],
  ] as const)('is in step behind what is refused: %s', async ([, refused, answer], { client }) => {
    const rest = 'set q 0 0 9\nflush_all\nget q\n';
    const answers = (await client.exchange(refused + rest)).split('\n');
    expect(answers.splice(-4)).toEqual(['STORED', 'VALUE q 0 9', 'flush_all', 'END']);
    expect(answers.join('\n')).toMatch(answer);
  });
});

describe.each(PACKETS)('binary $name', (packet) => {
  it('with parts that it does not have is refused, and does nothing', async ({ binary }) => {
    for (const [what, parts] of wrongParts(packet))
      expect((await binary.ask(packet.opcode, parts)).status, what).toBe(4);
  });
});
