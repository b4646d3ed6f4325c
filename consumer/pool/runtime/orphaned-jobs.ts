// Runs in the parent.
import { addressText } from '../../../shared/memcache.ts';
import type { OrphanResult } from '../messages.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** How many are remembered: the server hands them out again soon. */
const MAX_REMEMBERED = 10_000;

/** The slot whose process ran the job. */
interface Orphan extends OrphanResult {
  readonly slot: WorkerSlot;
}

/**
 * Jobs whose connection was lost while they ran. The server may hand them to another child by now, so all children of
 * the same server learn of them, and how they ended.
 */
export class OrphanedJobs {
  readonly #slots: Iterable<WorkerSlot>;
  /** By server and key. */
  readonly #orphans = new Map<string, Orphan>();

  constructor(slots: Iterable<WorkerSlot>) {
    this.#slots = slots;
  }

  add(slot: WorkerSlot, key: string): void {
    this.#orphans.set(nameOf(slot, key), { slot, key, result: undefined });
    const [oldest] = this.#orphans.keys();
    if (this.#orphans.size > MAX_REMEMBERED && oldest !== undefined) this.#orphans.delete(oldest);
    for (const other of this.#others(slot)) other.send({ type: 'orphaned', key });
  }

  settle(slot: WorkerSlot, { key, result }: OrphanResult): void {
    const name = nameOf(slot, key);
    if (result === undefined) this.#orphans.delete(name);
    else this.#orphans.set(name, { slot, key, result });
    for (const other of this.#others(slot)) other.send({ type: 'orphan-ended', key, result });
  }

  /** Sends all of them to a new process. */
  sendAll(slot: WorkerSlot): void {
    for (const { slot: first, key, result } of this.#orphans.values()) {
      if (serverOf(first) !== serverOf(slot)) continue;
      slot.send({ type: 'orphaned', key });
      if (result !== undefined) slot.send({ type: 'orphan-ended', key, result });
    }
  }

  /** The process of a slot has ended: of what it ran nobody will ever know how it ended. */
  giveUp(slot: WorkerSlot): void {
    for (const orphan of this.#orphans.values()) {
      if (orphan.slot === slot && orphan.result === undefined) this.settle(slot, orphan);
    }
  }

  *#others(slot: WorkerSlot): Iterable<WorkerSlot> {
    for (const other of this.#slots) if (other !== slot && serverOf(other) === serverOf(slot)) yield other;
  }
}

/** The server that a slot takes jobs from. */
export function serverOf({ binding: { server } }: WorkerSlot): string {
  return addressText(server);
}

/** Two servers may have jobs of the same key. */
function nameOf(slot: WorkerSlot, key: string): string {
  return `${serverOf(slot)} ${key}`;
}
