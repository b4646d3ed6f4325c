import { expect } from 'vitest';
import { withPostgres } from '../../fixtures/postgres.ts';
import { Account } from '../load/account.ts';
import { askPausedLeader } from './paused-leader.ts';
import { Servers } from './servers.ts';

withPostgres('a leader that was paused', (it) => {
  // Under load it seldom comes to that: what others append is in the way of an early answer.
  it('answers nothing from what it knew', { timeout: 600_000 }, async ({ postgres }) => {
    await using servers = await Servers.start(2, { log: postgres.url });
    const account = new Account(10_000);
    await askPausedLeader(servers, account);
    expect(account.told).toEqual([]);
  });
});
