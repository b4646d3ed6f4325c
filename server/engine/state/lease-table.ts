import type { Key } from './key.ts';
import { SortedList } from './sorted-list.ts';

/** What a holder has of a message, until its connection or a time ends it. */
export interface Lease {
  readonly token: number;
  /** Engine time at which it is over; 0 for an open read, which its connection ends. */
  readonly deadline: number;
  /** Else the engine has only set it aside. */
  isAttempt: boolean;
  /** When its job was cancelled, engine time; 0 where it was not, or where that is not known. */
  cancelledAt: number;

  // Volatile: '' and 0 in a replay.

  /** Who has it, and since when (engine time). */
  holder: string;
  since: number;
  /** What the holder last said of how far it is. */
  progress: string;
}

const NO_LEASE: Readonly<Lease> = {
  token: 0,
  deadline: 0,
  holder: '',
  since: 0,
  progress: '',
  isAttempt: false,
  cancelledAt: 0,
};

/** Of which nobody has said yet whose it is. */
export const NEW_LEASE: Readonly<Lease> = { ...NO_LEASE, isAttempt: true };

/** Tokens are given out in the order in which leases begin. */
class Tokens extends SortedList {
  protected override rankOf(token: number): number {
    return token;
  }

  protected override orderOf(): number {
    return 0;
  }
}

/** Leases by slot, and slots by the leases' tokens. */
export class LeaseTable {
  readonly #leases = new Map<number, Lease>();
  readonly #slots = new Map<number, number>();
  readonly #tokens = new Tokens();

  /** The lease of a slot; that of one that has none has the token 0. */
  of(slot: number): Readonly<Lease> {
    return this.#leases.get(slot) ?? NO_LEASE;
  }

  /** The same as attributes of the message's next record; nothing where there is nothing to tell. */
  lastAttempt(slot: number): { heldBy?: string; startedAt?: number } {
    const { isAttempt, holder, since } = this.of(slot);
    return isAttempt ? { heldBy: holder, startedAt: since } : {};
  }

  slotOf(token: number): number | undefined {
    return this.#slots.get(token);
  }

  /** Says who holds the lease of a slot, which has one, and since when. */
  describe(slot: number, holder: string, since: number): void {
    const lease = this.#leases.get(slot) as Lease;
    lease.holder = holder;
    lease.since = since;
  }

  /** The job that a lease holds was cancelled. */
  cancel(slot: number, cancelledAt: number, deadline: number): void {
    this.#leases.set(slot, { ...this.of(slot), cancelledAt, deadline });
  }

  setProgress(slot: number, text: string): void {
    (this.#leases.get(slot) as Lease).progress = text;
  }

  add(slot: number, lease: Lease): void {
    this.#leases.set(slot, lease);
    if (!this.#slots.has(lease.token)) this.#tokens.add(lease.token);
    this.#slots.set(lease.token, slot);
  }

  remove(slot: number): void {
    const { token } = this.of(slot);
    if (this.#slots.delete(token)) this.#tokens.remove(token);
    this.#leases.delete(slot);
  }

  get size(): number {
    return this.#leases.size;
  }

  /** The slots that have one with a token behind a key, or all, those whose leases began first at first. */
  *behind(key: Key | undefined): Iterable<number> {
    for (const token of this.#tokens.behind(key)) yield this.#slots.get(token) as number;
  }

  /** Slots of open reads, in no particular order. */
  openReads(): number[] {
    return [...this.#leases].flatMap(([slot, { deadline }]) => (deadline === 0 ? [slot] : []));
  }
}
