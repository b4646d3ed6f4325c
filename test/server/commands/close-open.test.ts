import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';

const config = `[queue:one]
max_running = 1`;

const it = withServer(['--segment-size', '64k', '--cache-size', '64k', '--sync', 'never'], config);

describe('close and open in one request', () => {
  it('has what the close makes room for, also where that takes something from the disk', async ({
    client,
  }) => {
    for (const [queue, options] of [
      ['one', ''],
      ['groups', '/group=g'],
    ]) {
      await client.set(`${queue}/id=a${options}`, 'first');
      await client.set(`${queue}/id=b${options}`, 'second');
      expect(await client.getText(`${queue}/open`)).toBe('first');
      // What was read is in memory no more.
      for (let i = 0; i < 60; i++) await client.set('more', 'x'.repeat(4000));
      expect(await client.getText(`${queue}/close/open`)).toBe('second');
      await client.exchange(`get ${queue}/close\r\n`);
    }
  });
});
