import { expect, it, onTestFinished } from 'vitest';
import { Roster } from '../../../server/cluster/roster.ts';
import { routeTo } from '../../../server/cluster/route.ts';
import type { ClusterMembers, Member } from '../../../server/engine/log/replicated/cluster-members.ts';
import { until } from '../../helpers/until.ts';

const SELF = { id: 'self', address: 'a:1', version: '1.0.0', format: 4, applied: 10, isJoining: false };

function member(id: string, given: Partial<Member> = {}): Member {
  return { ...SELF, id, address: `${id}:7`, seenMs: 500, ...given };
}

/** A roster over members that a test changes. */
function open(others: Member[]) {
  const announced: string[] = [];
  const members: ClusterMembers = {
    announce: async ({ id }) => {
      announced.push(id);
    },
    list: async () => [{ ...SELF, seenMs: 0 }, ...others],
    leave: async (id) => {
      announced.push(`${id} left`);
    },
  };
  let changes = 0;
  const roster = new Roster(
    members,
    () => SELF,
    () => changes++,
  );
  onTestFinished(() => roster.leave());
  return { roster, members, announced, changes: () => changes };
}

it('announces and looks again and again, until it leaves', async () => {
  const others = [member('b')];
  const { roster, announced } = open(others);
  roster.start();
  await until(() => roster.addressOf('b') === 'b:7');
  others[0] = member('b', { address: '[::1]:8' });
  await until(() => roster.addressOf('b') === '[::1]:8');
  expect(announced.length).toBeGreaterThan(1);
  await roster.leave();
  expect(announced.at(-1)).toBe('self left');
});

it('hands over to the one that is furthest, of those that are there and warm', async () => {
  const others = [
    member('behind', { applied: 5 }),
    member('next', { applied: 9 }),
    member('gone', { applied: 10, seenMs: 4000 }),
    member('cold', { applied: 10, isJoining: true }),
  ];
  const { roster } = open(others);
  await roster.refresh();
  expect(roster.successor?.id).toBe('next');
  others.splice(0, 2);
  await roster.refresh();
  expect(roster.successor).toBeUndefined();
});

it('knows the newest format that all can read', async () => {
  const { roster } = open([member('b', { format: 3 }), member('c', { format: 5 })]);
  expect(roster.format).toBe(4);
  await roster.refresh();
  expect(roster.format).toBe(3);
});

it('keeps what it knew while the database is away', async () => {
  const { roster, members } = open([member('b')]);
  await roster.refresh();
  members.list = () => Promise.reject(new Error('away'));
  await roster.refresh();
  expect(roster.addressOf('b')).toBe('b:7');
});

it('sees that another one that runs says its own address, and not whoever was there before', async () => {
  const others = [member('before', { address: 'a:1', seenMs: 1e6 })];
  const { roster, members } = open(others);
  await roster.refresh();
  expect(roster.sharedAddress).toBeUndefined();
  others.push(member('twin', { address: 'a:1', seenMs: 0 }));
  roster.start();
  await until(() => roster.sharedAddress === 'a:1');
  const list = members.list;
  members.list = () => Promise.reject(new Error('away'));
  await roster.refresh();
  expect(roster.sharedAddress).toBe('a:1');
  members.list = list;
  others.pop();
  await roster.refresh();
  expect(roster.sharedAddress).toBeUndefined();
});

it('clients go to the leader where it is known and speaks, and wait else', async () => {
  const { roster } = open([member('b', { address: '[::1]:8' })]);
  await roster.refresh();
  const route = (leader: string, isSilent = false) => routeTo({ epoch: 1, leader, isSilent }, roster, 'self');
  expect(route('b')).toEqual({ kind: 'pass', leader: { host: '::1', port: 8, id: 'b' } });
  for (const held of [route('b', true), route(''), route('self'), route('stranger')])
    expect(held).toEqual({ kind: 'hold' });
});
