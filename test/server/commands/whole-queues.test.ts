import { expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';

const it = withServer(['--memory']);
const MANY = 5000;

const fill = (queue: string, count = MANY) => `set ${queue} 0 0 3\r\njob\r\n`.repeat(count);

it('what a client asks behind a move of very many waits for it: a flush, a set, a get', async ({
  client,
}) => {
  await client.exchange(fill('c'));
  const asked = 'set c/move 0 0 1\r\nd\r\nflush c\r\nset c 0 0 3\r\nnew\r\nget c\r\nget d\r\nget d/peek\r\n';
  expect(await client.exchange(asked)).toBe(
    'STORED\nOK\nSTORED\nVALUE c 0 3\nnew\nEND\nVALUE d 0 3\njob\nEND\nVALUE d/peek 0 3\njob\nEND',
  );
  await client.exchange('delete d\r\n');
});

it('a move behind the purge of another queue moves before the drop behind it', async ({ client }) => {
  await client.exchange(fill('x', 50_000));
  await client.exchange(fill('a'));
  const asked = 'flush x\r\nset a/move 0 0 1\r\nb\r\ndelete a\r\nstats queues\r\n';
  const answer = await client.exchange(asked);
  expect(answer).toMatch(/^OK\nSTORED\nDELETED\n/);
  expect(answer).toMatch(new RegExp(`^STAT b:waiting ${MANY}$`, 'm'));
  await client.exchange('flush_all\r\n');
});

it('a flush_all that waits for a move of another client holds up what its own client asks next', async ({
  client,
  other,
}) => {
  await client.exchange(fill('a', 50_000));
  const moving = client.exchange('set a/move 0 0 1\r\nb\r\n');
  const flushed = other.exchange('flush_all\r\nset kept 0 0 3\r\nnew\r\nget kept\r\n');
  expect(await moving).toBe('STORED');
  expect(await flushed).toBe('OK\nSTORED\nVALUE kept 0 3\nnew\nEND');
});
