import { expect, it } from 'vitest';
import { Account, bodyOf } from './account.ts';

/** An account of leases of ten seconds, and its clock. */
function open(): { account: Account; clock: { now: number } } {
  const clock = { now: 1 };
  return { account: new Account(10_000, () => clock.now++), clock };
}

it('finds nothing wrong where all is well, or only unknown', () => {
  const { account, clock } = open();
  const [done, back, unknown, waiting] = Array.from({ length: 4 }, () => account.send('jobs'));
  for (const job of [done, back]) account.isStored(job!);
  for (const job of [done, back]) {
    const asked = account.now;
    account.isHandedOut(bodyOf(job!), asked);
    account.isHeld(job!, asked);
  }
  expect(account.settle(done!, true, done!.held)).toBe(true);
  account.isOver(done!);
  clock.now += 20_000;
  // Its lease is over, and it comes again; that it is done nobody hears.
  account.isHandedOut(bodyOf(back!), account.now);
  account.settle(back!, true);
  account.isSeen(back!, undefined, account.now);
  account.isSeen(unknown!, undefined, account.now);
  account.isSeen(waiting!, 'waiting', account.now);
  account.settle(waiting!, true);
  account.close();
  // Three are there, and one is over.
  expect(account.tallyOf('')).toEqual({ acknowledged: 4, lost: 0, doubled: 0, shared: 0, stale: 0 });
});

it('finds what was acknowledged and is not there', () => {
  const { account } = open();
  account.isStored(account.send('jobs'));
  for (let i = 0; i < 3; i++) account.isStored(account.send('takes'));
  account.openTakes = 2;
  account.close();
  expect(account.tallyOf('').lost).toBe(2);
});

it('finds what comes back after its end, unless it was asked for before', () => {
  const { account } = open();
  const job = account.send('jobs');
  account.isStored(job);
  const early = account.now;
  account.settle(job, true);
  account.isOver(job);
  account.isHandedOut(bodyOf(job), early);
  expect(account.tallyOf('').doubled).toBe(0);
  account.isHandedOut(bodyOf(job), account.now);
  expect(account.tallyOf('').doubled).toBe(1);
});

it('finds two who hold the same, unless one of them may have asked long ago', () => {
  const { account, clock } = open();
  const job = account.send('jobs');
  const take = (asked: number) => {
    account.isHandedOut(bodyOf(job), asked);
    account.isHeld(job, asked);
  };
  take(account.now);
  const late = account.now;
  clock.now += 10_000;
  take(account.now);
  take(late);
  expect(account.tallyOf('').shared).toBe(0);
  clock.now += 20_000;
  take(account.now);
  clock.now += 9_000;
  take(account.now);
  expect(account.tallyOf('').shared).toBe(1);
});

it('finds a lease that was over too early', () => {
  const { account, clock } = open();
  const job = account.send('jobs');
  const asked = account.now;
  account.isHandedOut(bodyOf(job), asked);
  account.isHeld(job, asked);
  clock.now += 9_000;
  expect(account.settle(job, true, asked)).toBe(true);
  account.leaseIsOver(job, asked, 1);
  clock.now += 1000;
  account.leaseIsOver(job, asked, 1);
  expect(account.tallyOf('').shared).toBe(1);
});

it('finds answers from an old state', () => {
  const { account } = open();
  const job = account.send('jobs');
  const before = account.now;
  account.isStored(job);
  account.isSeen(job, undefined, before);
  expect(account.tallyOf('').stale).toBe(0);
  account.isSeen(job, undefined, account.now);
  account.isSeen(job, 'complete', account.now);
  account.settle(job, true);
  account.isOver(job);
  account.isSeen(job, 'running', before);
  account.isSeen(job, 'running', account.now);
  expect(account.tallyOf('').stale).toBe(3);
});

it('refuses what nobody has sent', () => {
  const { account } = open();
  const body = bodyOf(account.send('jobs'));
  expect(() => account.isHandedOut(body.slice(1), 1)).toThrow('nobody has sent');
  expect(() => account.isHandedOut(`1${body}`, 1)).toThrow('nobody has sent');
});
