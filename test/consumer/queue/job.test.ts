import { expect, it } from 'vitest';
import { readJob } from '../../../consumer/queue/job.ts';

it('a job knows whether the server keeps it as failed, should it fail now', () => {
  const about = { queue: 'q', id: '17', attempt: 3, enqueued: 1732070000000 };
  const read = (more: object) => readJob(Buffer.from(`${JSON.stringify({ ...about, ...more })}\nf(1)`), 7);
  expect(read({ last: true })).toEqual({
    ...about,
    isLast: true,
    deaths: 0,
    payload: Buffer.from('f(1)'),
    flags: 7,
  });
  expect(read({ job: 'k' })).toMatchObject({ job: 'k', isLast: false });
});
