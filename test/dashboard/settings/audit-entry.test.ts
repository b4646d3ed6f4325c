import { expect, it } from 'vitest';
import { actionOf, outcomeOf, targetOf } from '../../../dashboard/pages/settings/audit-entry.ts';

it('what was done is known by its method and route, below any path', () => {
  expect(actionOf({ action: 'PUT /api/v1/queues/:q/pause' })).toBe('pause');
  expect(actionOf({ action: 'DELETE /api/v1/queues/:q/pause' })).toBe('resume');
  expect(actionOf({ action: 'POST /memq/api/v1/schedule/:name/run' })).toBe('run');
  expect(actionOf({ action: 'DELETE /api/v1/queues/:q/jobs/:id' })).toBe('cancel');
});

it('what these pages have no word for has none', () => {
  expect(actionOf({ action: 'POST /api/v1/queues/:q/messages' })).toBeUndefined();
  expect(actionOf({ action: 'POST /*' })).toBeUndefined();
  expect(actionOf({ action: 'constructor' })).toBeUndefined();
});

it('a target is what its path names', () => {
  expect(targetOf({ target: '/api/v1/queues/mail/pause' })).toEqual({
    kind: 'queue',
    key: 'mail',
    name: 'mail',
  });
  expect(targetOf({ target: '/api/v1/queues/~w7xiZXI/purge' })).toEqual({
    kind: 'queue',
    key: '~w7xiZXI',
    name: 'über',
  });
  expect(targetOf({ target: '/memq/api/v1/queues/mail/jobs/a%20b' })).toMatchObject({
    name: 'mail',
    job: 'a b',
  });
  expect(targetOf({ target: '/api/v1/workers/3f9a/stop' })).toMatchObject({ kind: 'worker', key: '3f9a' });
  expect(targetOf({ target: '/api/v1/schedule/nightly/run' })).toMatchObject({
    kind: 'schedule',
    name: 'nightly',
  });
  expect(targetOf({ target: '/api/v1/actions' })).toMatchObject({ kind: 'other' });
});

it('a target may be anything that somebody has sent', () => {
  expect(targetOf({ target: '/api/v1/queues/%E0%A4%A/pause' })).toMatchObject({ name: '%E0%A4%A' });
  expect(targetOf({ target: '/api/v1/queues/~!!/pause' })).toMatchObject({ name: '~!!' });
  expect(targetOf({ target: '' })).toMatchObject({ kind: 'other' });
});

it.for([
  [200, 'done'],
  [204, 'done'],
  [202, 'begun'],
  [400, 'invalid'],
  [401, 'forbidden'],
  [403, 'forbidden'],
  [404, 'missing'],
  [409, 'conflict'],
  [422, 'invalid'],
  [429, 'busy'],
  [500, 'failed'],
  [503, 'busy'],
] as const)('a status of %i is %s', ([status, outcome]) => {
  expect(outcomeOf({ status })).toBe(outcome);
});
