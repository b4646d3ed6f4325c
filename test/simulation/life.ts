import type { Machine } from './machine.ts';
import type { Plan } from './plan.ts';

/** One server from its start to its end. */
export class Life {
  readonly machine: Machine;
  readonly plan: Plan;
  #moment = 1;
  /** All that was on record before this moment is on the disk. */
  durableMoment = 0;
  isFull = false;
  /** Something was answered, just now, of which only a crash can tell whether it was to be answered yet. */
  isTold = false;
  /** Something was refused after it had begun: only a look at all there is can tell what was done. */
  isUnclear = false;

  constructor(machine: Machine, plan: Plan) {
    this.machine = machine;
    this.plan = plan;
  }

  /** Ascending with everything that is asked or answered. */
  nextMoment(): number {
    return this.#moment++;
  }

  get isOver(): boolean {
    return this.machine.disk.isDead;
  }

  /** The disk is full, or has failed at something: messages may be refused, and other things wait. */
  get isShort(): boolean {
    return this.isFull || this.plan.failed !== undefined;
  }

  /** The journal has failed, which is final. */
  get hasFailed(): boolean {
    return this.machine.engine.stats().details.get('journal_failure') !== 'none';
  }
}
