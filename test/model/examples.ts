import { DEFAULT_PRIORITY } from '../../server/engine/engine.ts';
import { SEGMENT, type Step } from './steps.ts';

type Enqueue = Extract<Step, { type: 'enqueue' }>;

function set(queue: string, options: Partial<Enqueue> = {}): Enqueue {
  const plain = { size: 10, flags: 0, exptime: 0, ahead: false, priority: DEFAULT_PRIORITY, delayMs: 0 };
  return { type: 'enqueue', queue, ...plain, jobId: '', mode: 'set', everyMs: 0, ...options };
}

function wait(queue: string, mode: 'take' | 'lease' = 'take'): Step {
  return { type: 'wait', queue, mode, leaseMs: 5000, holder: 'someone', waitMs: 20_001 };
}

/** What went wrong once, and what chance seldom finds. */
export const EXAMPLES: readonly Step[][] = [
  // What is due at one moment is served by priority.
  [
    { type: 'burst', steps: [set('plain', { delayMs: 3000 }), set('plain', { delayMs: 3000, priority: 7 })] },
    wait('plain'),
    { type: 'advance', ms: 4000 },
  ],
  [wait('plain'), set('retry'), { type: 'move', queue: 'retry', to: 'plain' }],
  // A read keeps its turn while there is no room for the record of what it takes.
  [wait('plain'), wait('plain', 'lease'), set('plain', { jobId: 'j', size: SEGMENT >> 1 })],
];
