import fc from 'fast-check';
import { DEFAULT_POLICY, type Policy } from '../../server/engine/policy.ts';

/** Each of them has a policy of its own, to begin with. */
export const QUEUES = ['plain', 'retry', 'short', 'fan', 'dead', 'n'.repeat(200)] as const;

/** All times are even milliseconds: see `Comparison`. */
export const POLICIES: ReadonlyMap<string, Policy> = new Map([
  [
    'plain',
    { ...DEFAULT_POLICY, maxAttempts: 3, backoff: { kind: 'fixed', seconds: 6 }, keepDoneMs: 20_000 },
  ],
  ['retry', { ...DEFAULT_POLICY, maxAttempts: 2, backoff: { kind: 'none' }, deadLetterTo: 'dead' }],
  ['short', { ...DEFAULT_POLICY, maxItems: 4, whenFull: 'drop_oldest', ttlMs: 7000, keepDoneMs: 5000 }],
  ['fan', { ...DEFAULT_POLICY, maxItems: 8, fanoutTo: ['short', 'dead'], keepDoneMs: 0 }],
  ['dead', { ...DEFAULT_POLICY, maxAttempts: 1, exptime: 'ignore' }],
]);

export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    backoff: fc.constantFrom<Policy['backoff']>(
      { kind: 'none' },
      { kind: 'fixed', seconds: 2 },
      { kind: 'exponential' },
    ),
    leaseMs: fc.constantFrom(60_000, 4000),
    exptime: fc.constantFrom('honour' as const, 'ignore' as const),
    ttlMs: fc.constantFrom(0, 0, 2500, 10_000),
    maxItems: fc.constantFrom(0, 0, 1, 3, 6),
    whenFull: fc.constantFrom('refuse' as const, 'drop_oldest' as const),
    deadLetterTo: fc.option(fc.constantFrom<string>(...QUEUES), { nil: undefined }),
    keepDoneMs: fc.constantFrom(0, 4000, 3_600_000),
    fanoutTo: fc.uniqueArray(fc.constantFrom<string>(...QUEUES), { maxLength: 2 }),
  })
  .map((policy) => ({ ...DEFAULT_POLICY, ...policy }));
