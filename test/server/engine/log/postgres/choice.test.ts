import { expect, it } from 'vitest';
import {
  choose,
  type Known,
  knownFrom,
  type Sight,
} from '../../../../../server/engine/log/replicated/postgres/choice.ts';
import type { Host } from '../../../../../server/engine/log/replicated/postgres/database-url.ts';
import { NotAllowedError, UnreachableError } from '../../../../../shared/errors.ts';

const HOSTS: readonly Host[] = ['a', 'b', 'c'].map((text) => ({ name: text, port: 5432, text }));
const [A, B, C] = HOSTS as [Host, Host, Host];
const NOTHING: Known = { system: '', timeline: 0 };

/** A primary, or a standby. */
function sight(host: Host, timeline: number, isWritable = true, more: object = {}): Sight {
  return { host, identity: { system: '1', timeline, isWritable, start: host.text, pid: 1, ...more } };
}

function away(host: Host, error: Error = new Error('connect ECONNREFUSED')): Sight {
  return { host, error };
}

/** What is chosen of hosts of which so much was known before. */
function choice(sights: readonly Sight[], before = NOTHING, current?: Host) {
  const known = knownFrom(sights, before);
  const { found, ...rest } = choose(sights, known, current);
  return { ...rest, host: found?.host, known };
}

it('is the one that accepts writes, whatever the others are', () => {
  const found = choice([away(A), sight(B, 3, false), sight(C, 3)]);
  expect(found).toMatchObject({
    host: C,
    writable: 1,
    problems: [],
    refusal: undefined,
    known: { timeline: 3 },
  });
});

it('is the one with the highest timeline of two that do, and that is loud', () => {
  const found = choice([sight(A, 1), sight(B, 2), sight(C, 2, false)]);
  expect(found).toMatchObject({ host: B, writable: 2 });
  expect(found.problems).toEqual([expect.stringContaining('a accepts writes with timeline 1')]);
});

it('is none with a lower timeline than was known, even if it is the only one', () => {
  const found = choice([sight(A, 1), away(B)], { system: '1', timeline: 2 }, A);
  expect(found).toMatchObject({ host: undefined, writable: 1, refusal: expect.any(UnreachableError) });
  expect(found.refusal?.message).toContain('old primary');
});

it('is none when a standby tells of a promotion', () => {
  expect(choice([sight(A, 1), sight(B, 2, false)])).toMatchObject({
    host: undefined,
    known: { timeline: 2 },
  });
});

it('is the one that is used when two have parted with the same timeline, and else none', () => {
  const sights = [sight(A, 2), sight(B, 2)];
  expect(choice(sights, NOTHING, B)).toMatchObject({ host: B, writable: 2, problems: [expect.any(String)] });
  expect(choice(sights)).toMatchObject({ host: undefined, refusal: expect.any(UnreachableError) });
});

it('is the first of two names of one server', () => {
  const sights = [sight(A, 2, true, { start: 'x' }), sight(B, 2, true, { start: 'x' })];
  expect(choice(sights)).toMatchObject({ host: A, problems: [] });
});

it('is never another database', () => {
  const found = choice([away(A), sight(B, 7, true, { system: '2' })], { system: '1', timeline: 2 });
  expect(found).toMatchObject({ host: undefined, known: { system: '1', timeline: 2 } });
  expect(found.problems).toEqual([expect.stringContaining('b is another database')]);
});

it('says what somebody has to change before what may pass', () => {
  const login = Object.assign(new Error('password authentication failed'), { code: '28P01' });
  const { refusal } = choice([away(A), away(B, login)]);
  expect(refusal).toBeInstanceOf(NotAllowedError);
  const all = choice([away(A), away(B, new Error('no answer'))]).refusal;
  expect(all?.message).toContain('a: connect ECONNREFUSED; b: no answer');
});
