/** What a holder has of a message, until its connection or a time ends it. */
export interface Lease {
  readonly token: number;
  /** Engine time at which it is over; 0 for an open read, which its connection ends. */
  readonly deadline: number;
  /** Else the engine has only set it aside. */
  isAttempt: boolean;

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
};

/** Leases by slot, and slots by the leases' tokens. */
export class LeaseTable {
  readonly #leases = new Map<number, Lease>();
  readonly #slots = new Map<number, number>();

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

  setProgress(slot: number, text: string): void {
    (this.#leases.get(slot) as Lease).progress = text;
  }

  add(slot: number, lease: Lease): void {
    this.#leases.set(slot, lease);
    this.#slots.set(lease.token, slot);
  }

  remove(slot: number): void {
    this.#slots.delete(this.of(slot).token);
    this.#leases.delete(slot);
  }

  /** Slots of open reads, in no particular order. */
  openReads(): number[] {
    return [...this.#leases].flatMap(([slot, { deadline }]) => (deadline === 0 ? [slot] : []));
  }
}
