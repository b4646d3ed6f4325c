import { expect } from 'vitest';
import { withPostgres } from '../../../../fixtures/postgres.ts';
import { openDatabase } from './database-side.ts';

withPostgres('members in PostgreSQL', (it) => {
  it('are those that were seen lately', async ({ postgres }) => {
    const [one, other] = await Promise.all([
      openDatabase(postgres.url, { cluster: 'members' }),
      openDatabase(postgres.url, { cluster: 'members' }),
    ]);
    const first = { id: 'a', address: 'host:1', version: '1.0.0', format: 3, applied: 0, isJoining: true };
    const second = { ...first, id: 'b', address: '[::1]:2', isJoining: false };
    await one.database.announce(first);
    await other.database.announce(second);
    await one.database.announce({ ...first, applied: 2 ** 50, isJoining: false });
    const seenMs = expect.any(Number);
    expect(await other.database.list()).toEqual([
      { ...first, applied: 2 ** 50, isJoining: false, seenMs },
      { ...second, seenMs },
    ]);
    await postgres.query(`UPDATE memq.members SET seen = seen - interval '61 s' WHERE id = 'a'`);
    expect((await one.database.list()).map(({ id }) => id)).toEqual(['b']);
    await postgres.query(`UPDATE memq.members SET seen = seen - interval '2 h' WHERE id = 'a'`);
    await other.database.announce(second);
    expect(await postgres.query(`SELECT id FROM memq.members WHERE cluster = 'members'`)).toEqual([
      { id: 'b' },
    ]);
    await other.database.leave('b');
    expect(await one.database.list()).toEqual([]);
  });
});
