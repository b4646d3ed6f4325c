import { describe, expect, it } from 'vitest';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** Each sees what the one before it has done, which is not on the disk yet. */
const STEPS = [
  [set('set', 'q/id=k', 'a'), 'STORED'],
  [set('add', 'q/id=k', 'b'), 'NOT_STORED'],
  [set('replace', 'q/id=k', 'c'), 'STORED'],
  ['delete q/id=k', 'DELETED'],
  ['delete q/id=k', 'NOT_FOUND'],
  ['mg q/id=k', 'HD'],
  [set('replace', 'q/id=k', 'd'), 'NOT_STORED'],
  [set('set', 'q', 'e'), 'STORED'],
  ['flush q', 'OK'],
  ['flush q', 'OK'],
  ['get q', 'END'],
  ['get q/t=1', 'END'],
  [set('set', 'q/move', 'r'), 'NOT_STORED'],
  [set('set', 'q/pause', ''), 'STORED'],
  [set('set', 'q/pause', ''), 'STORED'],
  [set('set', 'q', 'f'), 'STORED'],
  ['get q', 'END'],
  [set('set', 'q/resume', ''), 'STORED'],
  [set('set', 'q/resume', ''), 'NOT_STORED'],
  ['get q/open', 'VALUE q/open 0 1\nf\nEND'],
  [set('set', 'q/fail/final', 'no'), 'STORED'],
  [set('set', 'q/fail/final', 'no'), 'NOT_STORED'],
  [set('set', 'q/close', ''), 'NOT_STORED'],
  ['touch q 10', 'NOT_FOUND'],
  ['touch q/failed 0', 'TOUCHED'],
  ['touch q/failed 0', 'NOT_FOUND'],
  ['get q', 'VALUE q 0 1\nf\nEND'],
  ['get q q/peek q/failed', 'END'],
  ['delete q', 'DELETED'],
  ['delete q', 'NOT_FOUND'],
] as const;

describe('requests in one packet', () => {
  it.each(['--sync=always', '--sync=never', '--memory'])(
    'are answered in their order with %s',
    async (mode) => {
      await using server = await startServer({ args: [mode] });
      using client = await TextClient.connect(server.port);
      const packet = STEPS.map(([request]) => `${request}\r\n`).join('');
      for (let round = 0; round < 3; round++) {
        expect(await client.exchange(packet)).toBe(STEPS.map(([, answer]) => answer).join('\n'));
      }
    },
  );

  it('are answered at once, each by what those of another connection have done', async () => {
    await using server = await startServer();
    using one = await TextClient.connect(server.port);
    using other = await TextClient.connect(server.port);
    for (let round = 0; round < 20; round++) {
      const key = `q/id=${round}`;
      const packet = `${set('add', key, 'a')}\r\n`;
      const answers = await Promise.all([one.exchange(packet), other.exchange(packet)]);
      expect(answers.sort()).toEqual(['NOT_STORED', 'STORED']);
    }
  });
});

function set(verb: string, key: string, body: string): string {
  return `${verb} ${key} 0 0 ${body.length}\r\n${body}`;
}
