import type { Census } from './census.ts';
import type { SimulatedDisk } from './disk.ts';
import { Judge } from './judge.ts';
import { lookAt } from './look.ts';
import type { Settings } from './machine.ts';
import type { Random } from './random.ts';
import type { Run } from './run.ts';
import type { ProcessExit } from './service.ts';

/** Power cuts that are looked at, at a moment at which not all is synced. */
const CUTS = 3;

/** Finds out what a crash would leave at a moment, without one. */
export class Examiner {
  readonly #run: Run;
  readonly #settings: Settings;
  readonly #random: Random;

  constructor(run: Run, settings: Settings, random: Random) {
    this.#run = run;
    this.#settings = settings;
    this.#random = random;
  }

  /** Whatever a power cut leaves, the clients find what they may find. Another event loop is in force then. */
  async cutPower(disk: SimulatedDisk, exit: ProcessExit): Promise<void> {
    if (disk.isSynced) return;
    for (let count = 0; count < CUTS; count++) {
      await this.#judge(disk.afterPowerCut(this.#random.fork()), { ...exit, hasPower: false });
    }
    this.#run.coverage.note('power cuts that were looked at', CUTS);
  }

  /** The same for the end of the process. */
  async kill(disk: SimulatedDisk, exit: ProcessExit): Promise<void> {
    await this.#judge(disk.copy(), { ...exit, hasPower: true });
    this.#run.coverage.note('ends of the process that were looked at');
  }

  async #judge(disk: SimulatedDisk, exit: ProcessExit): Promise<void> {
    // What is found here may be another message than the one that comes to be in the run.
    const judge = new Judge({ ...this.#run, identities: this.#run.identities.copy() });
    const censuses = await lookAt(disk, this.#settings, this.#run);
    for (const client of this.#run.clients) {
      await judge.find(client, censuses.get(client) as Census, exit).next();
    }
  }
}
