/**
 * The tests of the wire that CI has once more with each server's log in PostgreSQL: every verb, both protocols, leases, delays,
 * priorities, groups, limits, jobs that repeat, and what is there after a stop and a kill. The others are about sessions and
 * memory, which are the same whatever the log is.
 */
export const CHOSEN = [
  'test/server/restart/**/*.test.ts',
  ...[
    'text-protocol',
    'binary-protocol',
    'meta-protocol',
    'ordering',
    'delay-priority',
    'coming-back',
    'reliable-read',
    'cancel',
    'close-open',
    'dead-letters',
    'end-of-job',
    'failed-jobs',
    'flow-control',
    'job-id',
    'job-status',
    'own-rules',
    'pause-move',
    'progress',
    'repeat',
    'retry',
    'watch',
    'whole-queues',
  ].map((name) => `test/server/commands/${name}.test.ts`),
];
