import { DEFAULT_PRIORITY, type ReleaseReason } from '../../server/engine/api.ts';
import { DEFAULT_POLICY } from '../../server/engine/policy.ts';
import { SEGMENT, type Step } from './steps.ts';

type Enqueue = Extract<Step, { type: 'enqueue' }>;

function set(queue: string, options: Partial<Enqueue> = {}): Enqueue {
  const plain = { size: 10, flags: 0, exptime: 0, ahead: false, priority: DEFAULT_PRIORITY, delayMs: 0 };
  return { type: 'enqueue', queue, ...plain, jobId: '', mode: 'set', everyMs: 0, ...options };
}

function open(queue: string): Step {
  return { type: 'reserve', queue, mode: 'open', leaseMs: 0, holder: 'someone' };
}

function take(queue: string): Extract<Step, { type: 'reserve' }> {
  return { type: 'reserve', queue, mode: 'take', leaseMs: 0, holder: 'someone' };
}

function wait(queue: string, mode: 'take' | 'lease' = 'take'): Step {
  return { type: 'wait', queue, mode, leaseMs: 5000, holder: 'someone', waitMs: 20_001 };
}

function schedule(missed: 'once' | 'skip'): Step {
  const rhythm = { everyMs: 5000, firstAt: 0, cron: '*/5 * * * * *' };
  return { type: 'schedule', lines: [{ queue: 'plain', name: 'j', rhythm, body: '1000001:', missed }] };
}

function die(queue: string, holder: 'someone' | 'another'): Step[] {
  return [
    { type: 'reserve', queue, mode: 'open', leaseMs: 0, holder },
    { type: 'fail', which: 0, error: `in ${queue}`, final: true, died: false },
  ];
}

/** Taken, and given back for each of these reasons. */
function comesBack(queue: string, ...reasons: ReleaseReason[]): Step[] {
  return reasons.flatMap((reason): Step[] => [open(queue), { type: 'release', which: 0, reason }]);
}

/** A segment has room for one of them. */
const BIG = set('short', { size: Math.floor(0.9 * SEGMENT) });

/** What was there before moves, for its segment to be freed. */
const CHURN: Step = {
  type: 'burst',
  steps: Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? BIG : take('short'))),
};

/** What went wrong once, and what chance seldom finds. */
export const EXAMPLES: readonly Step[][] = [
  // What is due at one moment is served by priority.
  [
    { type: 'burst', steps: [set('plain', { delayMs: 3000 }), set('plain', { delayMs: 3000, priority: 7 })] },
    wait('plain'),
    { type: 'advance', ms: 4000 },
  ],
  [wait('plain'), set('retry'), { type: 'move', queue: 'retry', to: 'plain' }],
  // Of what is due at one moment in two queues, one may go to the other.
  [
    {
      type: 'policy',
      queue: 'fan',
      policy: { ...DEFAULT_POLICY, ttlMs: 2500, deadLetterTo: 'dead', fanoutTo: ['dead'] },
    },
    { type: 'pause', queue: 'dead' },
    { type: 'resume', queue: 'dead' },
    wait('dead'),
    wait('fan'),
    set('fan', { delayMs: 3000 }),
    { type: 'advance', ms: 4000 },
  ],
  // Who waits for what another queue passes on.
  [wait('dead'), set('fan')],
  // What has expired cannot be replaced, though it is not due yet, and nobody has come upon it.
  [
    set('plain', { jobId: 'j', exptime: 3, delayMs: 9000 }),
    { type: 'advance', ms: 5000 },
    set('plain', { jobId: 'j', mode: 'replace' }),
  ],
  // A run that waits for its backoff is purged as well.
  [
    set('plain', { jobId: 'j', everyMs: 9000 }),
    open('plain'),
    { type: 'fail', which: 0, error: 'no', final: false, died: false },
    { type: 'purge', queue: 'plain' },
  ],
  // A run that failed for good goes to who waits for the dead; the job itself comes from nowhere.
  [
    set('dead', { jobId: 'j', delayMs: 20_000 }),
    wait('dead'),
    set('retry', { jobId: 'j', everyMs: 2000 }),
    ...die('retry', 'someone'),
    { type: 'move', queue: 'retry', to: 'dead' },
    { type: 'advance', ms: 3000 },
    { type: 'peek', queue: 'dead', failed: false, jobId: '' },
  ],
  // A queue that is full of what runs has no room to make.
  [
    set('plain'),
    set('plain'),
    open('plain'),
    { type: 'policy', queue: 'plain', policy: { ...DEFAULT_POLICY, maxItems: 1, whenFull: 'drop_oldest' } },
    set('plain'),
  ],
  // A dead letter that dies again tells of the first queue; in that one once more, of the last time there.
  [
    {
      type: 'policy',
      queue: 'dead',
      policy: { ...DEFAULT_POLICY, maxAttempts: 1, deadLetterTo: 'plain' },
    },
    set('retry', { jobId: 'j' }),
    ...die('retry', 'someone'),
    ...die('dead', 'another'),
    { type: 'kill', downMs: 0 },
    { type: 'peek', queue: 'plain', failed: false, jobId: '' },
    ...die('plain', 'another'),
    { type: 'peek', queue: 'plain', failed: true, jobId: '' },
    { type: 'retryFailed', queue: 'plain', jobId: '', delay: 0 },
    { type: 'move', queue: 'plain', to: 'retry' },
    ...die('retry', 'another'),
  ],
  // Whoever follows the log comes too late: what it has not been told is freed.
  [
    set('plain'),
    { type: 'burst', steps: Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? BIG : take('short'))) },
  ],
  // What was skipped stays so, also when nothing is to be skipped any more.
  [
    schedule('skip'),
    { type: 'reopen', downMs: 7000 },
    schedule('once'),
    { type: 'reopen', downMs: 0 },
    { type: 'peek', queue: 'plain', failed: false, jobId: '' },
  ],
  // What had to wait for space goes to who waited before, not to who asked behind it.
  [wait('plain'), { type: 'burst', steps: [{ ...BIG, queue: 'plain' }, take('plain'), take('plain')] }],
  // What waits since a second death does so where it moves to, a run of a job as well; a look that waits is nothing to a row.
  [set('plain', { jobId: 'j' }), ...comesBack('plain', 'death', 'death'), CHURN, { type: 'kill', downMs: 2 }],
  [set('plain', { jobId: 'j', everyMs: 9000 }), ...comesBack('plain', 'death', 'death'), CHURN],
  [set('plain'), ...comesBack('plain', 'death', 'unread', 'death')],
  // A read keeps its turn while there is no room for the record of what it takes.
  [wait('plain'), wait('plain', 'lease'), set('plain', { jobId: 'j', size: SEGMENT >> 1 })],
  // What has failed gives up its id to what comes from another queue.
  [
    set('plain', { jobId: 'j' }),
    ...die('plain', 'someone'),
    set('short', { jobId: 'j' }),
    { type: 'move', queue: 'short', to: 'plain' },
    { type: 'kill', downMs: 0 },
  ],
];
