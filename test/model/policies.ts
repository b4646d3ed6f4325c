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
  [
    'retry',
    {
      ...DEFAULT_POLICY,
      maxAttempts: 2,
      backoff: { kind: 'none' },
      deadLetterTo: 'dead',
      groupTurns: 'fair',
    },
  ],
  ['short', { ...DEFAULT_POLICY, maxItems: 4, whenFull: 'drop_oldest', ttlMs: 7000, keepDoneMs: 5000 }],
  ['fan', { ...DEFAULT_POLICY, maxItems: 8, fanoutTo: ['short', 'dead'], keepDoneMs: 0 }],
  ['dead', { ...DEFAULT_POLICY, maxAttempts: 1, exptime: 'ignore', keepFailedMs: 9000, maxFailed: 2 }],
]);

const RATES: readonly Policy['rate'][] = [
  { starts: 16, perMs: 60_000, burst: 1 },
  { starts: 2, perMs: 1000, burst: 2 },
  { starts: 4, perMs: 60_000, burst: 3 },
];

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
    groupRunning: fc.constantFrom(1, 1, 2),
    groupTurns: fc.constantFrom('arrival' as const, 'fair' as const),
    groupOrder: fc.constantFrom('strict' as const, 'free' as const),
    fanoutTo: fc.uniqueArray(fc.constantFrom<string>(...QUEUES), { maxLength: 2 }),
    keepFailedMs: fc.constantFrom(0, 0, 2, 3000, 12_500),
    maxFailed: fc.constantFrom(0, 0, 1, 2, 4),
    maxRunning: fc.constantFrom(0, 0, 1, 2),
    rate: fc.constantFrom(undefined, undefined, undefined, ...RATES),
  })
  .map((policy) => ({ ...DEFAULT_POLICY, ...policy }));
