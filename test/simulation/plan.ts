import type { Coverage } from './coverage.ts';
import type { Call, Fate, Faults } from './faults.ts';
import type { Random } from './random.ts';

export type Phase = 'first start' | 'start' | 'running' | 'closing';

const WRITING: readonly Call[] = ['write', 'writeLater', 'sync', 'syncNow', 'syncDirectory'];
const RARE: readonly Call[] = [
  'rename',
  'remove',
  'create',
  'writeLater',
  'readLater',
  'syncDirectory',
  'sync',
];
const FATES: readonly Fate[] = ['crash before', 'crash within', 'crash after'];

/** Where one process crashes, and where its disk fails. */
export class Plan implements Faults {
  readonly #coverage: Coverage;
  readonly #fate: Fate;
  /** The calls among which the crash counts; undefined: all. */
  #crashCalls: readonly Call[] | undefined;
  #callsToCrash = Number.POSITIVE_INFINITY;
  #callsToFailure = Number.POSITIVE_INFINITY;
  #failingCalls: readonly Call[] = [];
  #crashedAt: Call | undefined;
  phase: Phase;
  /** The call that failed. */
  failed: Call | undefined;

  constructor(random: Random, coverage: Coverage, phase: Phase) {
    this.#coverage = coverage;
    this.#fate = random.pick(FATES);
    this.phase = phase;
  }

  /** A crash at about the `mean`th call. */
  crashSoon(random: Random, mean: number): void {
    const isRare = random.chance(0.4);
    this.#crashCalls = isRare ? [random.pick(RARE)] : random.chance(0.5) ? WRITING : undefined;
    this.#callsToCrash = draw(random, isRare ? Math.max(2, mean / 10) : mean);
  }

  /** A failure of a call that writes or syncs, at about the `mean`th; of one kind of them there are fewer. */
  failSoon(random: Random, mean: number): void {
    const isAny = random.chance(0.5);
    this.#failingCalls = isAny ? WRITING : [random.pick(WRITING)];
    this.#callsToFailure = draw(random, isAny ? mean : Math.max(2, mean / 10));
  }

  /** Where it crashed. */
  get place(): string {
    return `${this.phase}: ${this.#fate} ${this.#crashedAt}`;
  }

  fate(call: Call): Fate {
    if (this.#crashCalls?.includes(call) ?? true) this.#callsToCrash--;
    if (this.#callsToCrash === 0) {
      this.#crashedAt = call;
      return this.#fate;
    }
    if (this.#failingCalls.includes(call)) this.#callsToFailure--;
    if (this.#callsToFailure > 0) return 'well';
    this.#callsToFailure = Number.POSITIVE_INFINITY;
    this.failed = call;
    this.#coverage.note(`failed: ${call}`);
    return 'fail';
  }
}

/** At least 1; small numbers are the likeliest. */
function draw(random: Random, mean: number): number {
  return 1 + Math.floor(-Math.log(1 - random.fraction()) * mean);
}
