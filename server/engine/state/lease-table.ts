export interface Reservation {
  readonly token: number;
  /** Engine time at which a lease is over; 0 for an open read, which its connection ends. */
  deadline: number;
  /** Who has it, and since when (engine time); '' and 0 after a restart. */
  readonly holder: string;
  readonly since: number;
  /** What the holder last said of how far it is. */
  progress: string;
  /** Else the engine has only set it aside. */
  readonly isAttempt: boolean;
}

const NO_RESERVATION: Reservation = {
  token: 0,
  deadline: 0,
  holder: '',
  since: 0,
  progress: '',
  isAttempt: false,
};

/** Reservations by slot, and slots by the reservations' tokens. */
export class ReservationTable {
  readonly #reservations = new Map<number, Reservation>();
  readonly #slots = new Map<number, number>();

  /** The reservation of a slot; that of one that has none has the token 0. */
  of(slot: number): Reservation {
    return this.#reservations.get(slot) ?? NO_RESERVATION;
  }

  /** The same as attributes of the message's next record; nothing where there is nothing to tell. */
  lastAttempt(slot: number): { heldBy?: string; startedAt?: number } {
    const { isAttempt, holder, since } = this.of(slot);
    return isAttempt ? { heldBy: holder, startedAt: since } : {};
  }

  slotOf(token: number): number | undefined {
    return this.#slots.get(token);
  }

  add(slot: number, reservation: Reservation): void {
    this.#reservations.set(slot, reservation);
    this.#slots.set(reservation.token, slot);
  }

  remove(slot: number): void {
    this.#slots.delete(this.of(slot).token);
    this.#reservations.delete(slot);
  }

  /** Slots that are reserved for a connection, in no particular order. */
  opened(): number[] {
    return [...this.#reservations].flatMap(([slot, { deadline }]) => (deadline === 0 ? [slot] : []));
  }
}
