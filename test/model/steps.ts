import fc from 'fast-check';
import {
  type ActionVerb,
  DEFAULT_PRIORITY,
  type ListedState,
  MESSAGE_STATES,
  type ReleaseReason,
} from '../../server/engine/api.ts';
import type { Backoff } from '../../shared/backoff.ts';
import type { Mode } from './item.ts';
import { anyPolicy, QUEUES } from './policies.ts';
import type { Line } from './schedule.ts';

/** When the clock of the test begins, milliseconds since the epoch; in whole seconds. */
export const START = 1_700_000_000_000;
export const SEGMENT = 64 * 1024;
export const JOB_IDS = ['j', 'k'] as const;

/** Some of them are the same but for their numbers. */
const ERRORS = ['no answer in 3 s', 'no answer in 20 s', 'bad'];

const queue = fc.constantFrom<string>(...QUEUES);
const jobId = fc.constantFrom<string>(...JOB_IDS);
const mode = fc.constantFrom<Mode>('take', 'open', 'lease');
const holder = fc.constantFrom('someone', 'another');
/** Even and odd milliseconds: see `Comparison`. */
const evenMs = fc.integer({ min: 1, max: 15_000 }).map((half) => 2 * half);
/** 0: the queue's own. */
const leaseMs = fc.oneof({ weight: 4, arbitrary: evenMs }, fc.constant(0));
const waitMs = fc.integer({ min: 0, max: 15_000 }).map((half) => 2 * half + 1);
/** Mostly small; some that a segment holds a few of; rarely one that is larger than a segment. */
const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 300 }) },
  { weight: 10, arbitrary: fc.nat({ max: SEGMENT >> 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: SEGMENT - 700, max: SEGMENT + 5000 }) },
);
const rarely = { weight: 4, arbitrary: fc.constant(false) };
const flags = fc.integer({ min: 0, max: 0xffff_ffff });
const priority = fc.oneof(
  { weight: 4, arbitrary: fc.constant<number>(DEFAULT_PRIORITY) },
  fc.constantFrom<number>(0, 7, 0xffff_ffff),
);
const delayMs = fc.oneof(
  { weight: 4, arbitrary: fc.constant<number>(0) },
  fc.constantFrom<number>(2, 3000, 20_000),
);

/** Of most messages nothing. */
const maxAttempts = fc.oneof({ weight: 5, arbitrary: fc.constant<number>(0) }, fc.constantFrom(1, 2, 5));
const backoff = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Backoff | undefined>(undefined) },
  fc.constantFrom<Backoff>({ kind: 'none' }, { kind: 'fixed', seconds: 4 }, { kind: 'exponential' }),
);

/** In sequences with groups; in the others there are none. */
const group = fc.constantFrom<string>('', 'a', 'b', 'b', 'c');

const plainEnqueue = fc.record({
  type: fc.constant('enqueue' as const),
  queue,
  size,
  flags,
  exptime: fc.oneof(
    { weight: 6, arbitrary: fc.constant<number>(0) },
    fc.constantFrom(-1, 3, 20, START / 1000 + 15, START / 1000 - 1),
  ),
  ahead: fc.oneof(rarely, fc.constant(true)),
  priority,
  delayMs,
  jobId: fc.constant<string>(''),
  mode: fc.oneof(
    { weight: 10, arbitrary: fc.constant<'set' | 'add' | 'replace'>('set') },
    fc.constantFrom('add' as const, 'replace' as const),
  ),
  everyMs: fc.constant<number>(0),
  maxAttempts,
  backoff,
  group,
});
type Enqueue = typeof plainEnqueue extends fc.Arbitrary<infer T> ? T : never;

const job: fc.Arbitrary<Enqueue> = fc
  .tuple(
    plainEnqueue,
    jobId,
    fc.constantFrom('set' as const, 'add' as const, 'replace' as const),
    fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(2000, 9000)),
  )
  .map(([plain, jobId, mode, everyMs]) => ({
    ...plain,
    jobId,
    mode,
    everyMs,
    exptime: everyMs > 0 ? 0 : plain.exptime,
  }));

const which = fc.nat({ max: 15 });

const reserve = fc.record({
  type: fc.constant('reserve' as const),
  queue,
  mode,
  leaseMs,
  holder,
});
/** Of any message, or of one job; one that has failed is rare enough. */
const anyJobId = fc.constantFrom<string>('', ...JOB_IDS);
const peek = fc.record({
  type: fc.constant('peek' as const),
  queue,
  failed: fc.boolean(),
  jobId: anyJobId,
});
/** What is done at once, before anything of it is answered. */
const burst = fc
  .array(fc.oneof({ weight: 4, arbitrary: plainEnqueue }, { weight: 3, arbitrary: reserve }, peek), {
    minLength: 2,
    maxLength: 12,
  })
  .map((steps) => ({ type: 'burst' as const, steps }));

function of<T extends string, R extends object>(
  type: T,
  fields: { [K in keyof R]: fc.Arbitrary<R[K]> },
): fc.Arbitrary<{ type: T } & R> {
  return fc.record(fields).map((record) => ({ type, ...(record as R) }));
}

const EVERY_5 = { everyMs: 5000, firstAt: 0, cron: '*/5 * * * * *' };
const EVERY_20 = { everyMs: 20_000, firstAt: 10_000, cron: '10-59/20 * * * * *' };
const line: fc.Arbitrary<Line> = fc.record({
  queue,
  name: jobId,
  rhythm: fc.constantFrom(EVERY_5, EVERY_20),
  body: fc.constantFrom('1000001:', `1000002:${'x'.repeat(9000)}`),
  missed: fc.constantFrom('once' as const, 'skip' as const),
  priority: fc.option(fc.constant(7), { nil: undefined }),
  maxAttempts,
  backoff,
  group,
});
const lines = fc.uniqueArray(line, { maxLength: 3, selector: ({ queue, name }) => `${queue}/${name}` });
/** How long the server is down. */
const downMs = fc.constantFrom(0, 0, 2, 7000);

const retryFailed = of('retryFailed', { queue, jobId: anyJobId, delay: fc.constantFrom(0, 2) });
const discardFailed = of('discardFailed', { queue, jobId });
const fail = of('fail', {
  which,
  error: fc.oneof(fc.string({ maxLength: 40, unit: 'grapheme-ascii' }), fc.constantFrom(...ERRORS)),
  final: fc.boolean(),
  died: fc.boolean(),
});
const complete = of('complete', { which, result: fc.string({ maxLength: 20, unit: 'grapheme-ascii' }) });
const release = of('release', {
  which,
  reason: fc.constantFrom<ReleaseReason>('abort', 'return', 'unread', 'death', 'stop'),
});
const extend = of('extend', { which, leaseMs });
const progress = of('progress', { which, text: fc.constantFrom('', '5 of 9', '{"done": 5}') });
const takeFailed = of('takeFailed', { queue, jobId: anyJobId });
const purge = of('purge', { queue: fc.option(queue, { nil: undefined }) });
const wait = of('wait', { queue, mode, leaseMs, holder, waitMs });
const schedule = of('schedule', { lines });
const runNow = of('runNow', { jobId });
const setDisabled = of('setDisabled', { jobId, isDisabled: fc.boolean() });
const advance = of('advance', { ms: fc.integer({ min: 1, max: 4000 }).map((half) => 2 * half) });
const drop = of('drop', { queue });
const cancel = of('cancel', { queue, jobId });
const pause = of('pause', { queue });
const resume = of('resume', { queue });
const move = of('move', { queue, to: queue });
const awaitEnd = of('awaitEnd', { queue, jobId, waitMs });
const powerCut = of('powerCut', { seed: fc.integer(), downMs });

const act = of('act', {
  queue,
  verb: fc.constantFrom<ActionVerb>('retry', 'discard', 'cancel', 'run', 'move'),
  /** Undefined: not a filter, but these messages. */
  state: fc.option(fc.constantFrom<ListedState>(...MESSAGE_STATES), { nil: undefined, freq: 2 }),
  refs: fc.array(which, { maxLength: 4 }),
  group,
  text: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.constantFrom('j', 'no', '1')),
  delayMs: fc.constantFrom(0, 0, 3000),
  to: queue,
});

const step = fc.oneof(
  { weight: 12, arbitrary: plainEnqueue },
  { weight: 12, arbitrary: job },
  { weight: 10, arbitrary: reserve },
  { weight: 3, arbitrary: burst },
  { weight: 2, arbitrary: peek },
  { weight: 1, arbitrary: purge },
  { weight: 1, arbitrary: drop },
  { weight: 1, arbitrary: fc.constant({ type: 'watchAll' as const }) },
  { weight: 1, arbitrary: of('watch', { queues: fc.uniqueArray(queue, { minLength: 2, maxLength: 3 }) }) },
  { weight: 2, arbitrary: wait },
  { weight: 4, arbitrary: complete },
  { weight: 3, arbitrary: release },
  { weight: 6, arbitrary: fail },
  { weight: 1, arbitrary: extend },
  { weight: 1, arbitrary: progress },
  { weight: 2, arbitrary: takeFailed },
  { weight: 2, arbitrary: retryFailed },
  { weight: 1, arbitrary: discardFailed },
  { weight: 1, arbitrary: fc.constant({ type: 'resetStats' as const }) },
  { weight: 2, arbitrary: cancel },
  { weight: 1, arbitrary: pause },
  { weight: 2, arbitrary: resume },
  { weight: 2, arbitrary: move },
  { weight: 1, arbitrary: of('policy', { queue, policy: anyPolicy }) },
  { weight: 4, arbitrary: advance },
  { weight: 1, arbitrary: schedule },
  { weight: 1, arbitrary: runNow },
  { weight: 1, arbitrary: setDisabled },
  { weight: 1, arbitrary: of('reopen', { downMs }) },
  { weight: 1, arbitrary: of('kill', { downMs }) },
  { weight: 1, arbitrary: powerCut },
  { weight: 2, arbitrary: awaitEnd },
  { weight: 3, arbitrary: act },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What is on the disk when it is answered, and a power cut that proves it. */
const proof = fc.tuple(
  fc.oneof(plainEnqueue, job, fail, retryFailed, discardFailed, cancel, drop, pause, resume, move, act),
  powerCut,
);

const last = { which: 0 };
const held = reserve.map((each): Step => (each.mode === 'take' ? { ...each, mode: 'open' } : each));
const failed = fail.map((each) => ({ ...each, ...last, final: true }));
const ended = fc.oneof(fail, complete, release).map((each): Step => ({ ...each, ...last }));
const dead: fc.Arbitrary<Step> = fc.constant({ type: 'release', ...last, reason: 'death' });
const extended = fc.oneof(extend, progress).map((each): Step => ({ ...each, ...last }));

/** What single steps seldom come to: each of them builds on the one before. */
const story: fc.Arbitrary<Step[]> = fc.oneof(
  fc.tuple(held, extended, ended),
  fc.tuple(plainEnqueue, held, wait, ended),
  fc.tuple(job, held, failed, fc.oneof(retryFailed, takeFailed, discardFailed, peek, job, move, drop, act)),
  fc.tuple(
    job,
    held,
    fail.map((each) => ({ ...each, ...last })),
    fc.oneof(purge, job, move, cancel, schedule),
  ),
  fc.tuple(
    job,
    held,
    cancel,
    fc.oneof(job, extended, purge, drop, advance, powerCut),
    fc.oneof(ended, job, move, cancel),
  ),
  fc.tuple(
    fc.oneof(plainEnqueue, job),
    held,
    dead,
    held,
    dead,
    fc.oneof(move, purge, job, advance, powerCut),
  ),
  fc.tuple(wait, move, fc.oneof(plainEnqueue, resume)),
  fc.tuple(schedule, fc.constant({ type: 'advance' as const, ms: 10_000 }), held, ended, schedule),
  fc.tuple(
    schedule,
    setDisabled,
    fc.oneof(advance, powerCut, schedule, runNow),
    advance,
    fc.oneof(held, setDisabled),
  ),
  fc.tuple(
    job,
    awaitEnd,
    // What takes all from a queue leaves little to be seen.
    fc.oneof(
      { weight: 6, arbitrary: fc.oneof(reserve, move, job, cancel, advance) },
      { weight: 1, arbitrary: fc.oneof(purge, drop) },
    ),
  ),
  fc.tuple(job, held, awaitEnd, fc.oneof(failed, ended, job, cancel, advance)),
);

/** A few of them about one queue and one job, so that they meet. */
const episode = fc
  .record({
    queue,
    jobId,
    steps: fc.array(
      fc.oneof({ weight: 8, arbitrary: step.map((each) => [each]) }, { weight: 1, arbitrary: story }),
      { minLength: 2, maxLength: 24, size: 'max' },
    ),
  })
  .map(({ queue, jobId, steps }) => steps.flat().map((each) => about(each, queue, jobId)));

const allSteps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: episode },
      { weight: 1, arbitrary: proof },
      step.map((each) => [each]),
    ),
    { maxLength: 24, size: 'max' },
  )
  .map((episodes) => episodes.flat());

export const steps: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 3, arbitrary: allSteps.map((all) => all.map(withoutGroups)) },
  { weight: 2, arbitrary: allSteps.map((all) => all.map(holding)) },
);

function withoutGroups(step: Step): Step {
  if (step.type === 'burst') return { ...step, steps: step.steps.map((each) => withoutGroup(each)) };
  if (step.type === 'schedule') return { ...step, lines: step.lines.map((each) => withoutGroup(each)) };
  return withoutGroup(step);
}

function withoutGroup<T extends object>(step: T): T {
  return 'group' in step ? { ...step, group: '' } : step;
}

/**
 * What is taken for good holds its group while it is read from the disk. Of this the model knows nothing, so whatever may
 * come to something else meanwhile has to hold it for longer.
 */
function holding(step: Step): Step {
  if (step.type === 'wait' && step.mode === 'take') return { ...step, mode: 'open' };
  if (step.type !== 'burst') return step;
  const steps = step.steps.map((each) =>
    each.type === 'reserve' && each.mode === 'take' ? { ...each, mode: 'open' as const } : each,
  );
  return { ...step, steps };
}

function about(step: Step, queue: string, jobId: string): Step {
  if (step.type === 'burst') {
    const steps = step.steps.map((each) => ({ ...each, queue }));
    return { ...step, steps };
  }
  if (step.type === 'schedule') {
    const [first, ...others] = step.lines;
    if (first === undefined) return step;
    const rest = others.filter((line) => line.queue !== queue || line.name !== jobId);
    return { ...step, lines: [{ ...first, queue, name: jobId }, ...rest] };
  }
  if (!('queue' in step) || step.queue === undefined) return step;
  const named = 'jobId' in step && step.jobId !== '' ? { ...step, jobId } : step;
  return { ...named, queue } as Step;
}
