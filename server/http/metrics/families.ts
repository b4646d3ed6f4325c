import type { Counts, QueueStats } from '../../engine/api.ts';

interface FamilyOf<Value> {
  readonly name: string;
  readonly help: string;
  /** The labels of each sample besides the queue, and what it is. */
  readonly samples: readonly (readonly [labels: string, value: Value])[];
}

/** What there is in a queue now, in figures that can be added up. */
type Amounts = Pick<QueueStats, 'ready' | 'delayed' | 'reserved' | 'failed' | 'bytes' | 'waiters' | 'held'>;

/** Of each queue, and of the others together. */
export const AMOUNTS: readonly FamilyOf<keyof Amounts>[] = [
  {
    name: 'memq_queue_messages',
    help: 'Messages by where they are',
    samples: [
      ['state="ready"', 'ready'],
      ['state="delayed"', 'delayed'],
      ['state="reserved"', 'reserved'],
      ['state="failed"', 'failed'],
    ],
  },
  { name: 'memq_queue_bytes', help: 'Bytes that its messages take in the log', samples: [['', 'bytes']] },
  { name: 'memq_queue_readers', help: 'Reads that wait for a message', samples: [['', 'waiters']] },
  {
    name: 'memq_queue_held_messages',
    help: 'Ready messages that cannot be had now: paused, a rate, a limit or a group',
    samples: [['', 'held']],
  },
];

export const OLDEST = {
  name: 'memq_queue_oldest_message_age_seconds',
  help: 'Seconds since the oldest ready message was enqueued, 0 where none is ready',
};

/** Not of the others together. */
export const PAUSED = { name: 'memq_queue_paused', help: '1 while nothing is handed out' };

/** What has happened to a queue. */
export const COUNTERS: readonly FamilyOf<keyof Counts>[] = [
  { name: 'memq_messages_enqueued_total', help: 'Messages that were stored', samples: [['', 'enqueued']] },
  {
    name: 'memq_messages_delivered_total',
    help: 'Leases and open reads that began',
    samples: [['', 'delivered']],
  },
  {
    name: 'memq_messages_completed_total',
    help: 'Messages that their holders have done',
    samples: [['', 'completed']],
  },
  {
    name: 'memq_messages_removed_total',
    help: 'Messages that were taken for good, without a lease',
    samples: [['', 'removed']],
  },
  {
    name: 'memq_messages_expired_total',
    help: 'Messages whose time to live was over',
    samples: [['', 'expired']],
  },
  {
    name: 'memq_messages_dropped_total',
    help: 'Messages that were let go: for others in a full queue, or failed ones after their time',
    samples: [
      ['reason="full"', 'dropped'],
      ['reason="failed"', 'failedDropped'],
    ],
  },
  {
    name: 'memq_messages_refused_total',
    help: 'Messages for which the queue had no room',
    samples: [['', 'refused']],
  },
  {
    name: 'memq_messages_dead_lettered_total',
    help: 'Messages that went to the queue for dead letters',
    samples: [['', 'deadLettered']],
  },
  {
    name: 'memq_messages_cancelled_total',
    help: 'Jobs, or runs of jobs, that were cancelled',
    samples: [['', 'cancelled']],
  },
  {
    name: 'memq_attempts_failed_total',
    help: 'Attempts that failed: the message is tried again, or has failed for good',
    samples: [
      ['outcome="retried"', 'retried'],
      ['outcome="failed"', 'failed'],
    ],
  },
  {
    name: 'memq_leases_expired_total',
    help: 'Leases that were over, and what was open when its connection ended',
    samples: [['', 'leasesExpired']],
  },
  {
    name: 'memq_attempts_given_back_total',
    help: 'Messages that their holders gave back: aborted, or as if never taken',
    samples: [['', 'givenBack']],
  },
];

export const HISTOGRAMS = [
  {
    name: 'memq_message_wait_seconds',
    help: 'From when a message was ready until it was first taken',
    of: 'wait',
  },
  { name: 'memq_job_run_seconds', help: 'From when a message was taken until it was done', of: 'run' },
] as const;

/** The bounds of their buckets, seconds. */
export const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
/** Those of what the disk takes to sync. */
export const SYNC_BOUNDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
