import type { Leadership } from './cluster-log.ts';
import { ANYBODY, type Contents, type Row, type Timing } from './log-database.ts';
import type { Raised, Session } from './session.ts';

/** How often the row is looked at, parts of a lease. */
const LOOKS = 20;
/** How long before it may lead a server makes ready for that, parts of a lease: half a second of five. */
const READY = 10;
/** The most of the time between two looks that counts, parts of a lease: a database that was away has told nothing meanwhile. */
const UNSEEN = 5;
/** How long the others wait for the successor that a leader has named, parts of a lease: half a second of five. */
const GRACE = 10;

export interface ElectionOptions {
  readonly session: Session;
  readonly timing: Timing;
  readonly member: string;
  readonly leaseMs: number;
  /** Draws from [0, 1). */
  readonly random: () => number;
}

/**
 * Who leads, as it is seen in the row. A server leads by raising the epoch where the row is still what it was a lease ago
 * by its own monotonic clock. The clock decides only when that is tried: the statement does nothing where the row has changed.
 *
 * A lease in which it has looked: over a new connection it begins anew. A leader that has lost the database together with all
 * others has time to say that it is there.
 */
export class Election {
  onLeadership: () => void = () => {};
  /** As it was told last. */
  leadership: Leadership = { epoch: 0, leader: '', isSilent: false };
  readonly #options: ElectionOptions;
  readonly #timing: Timing;
  /** As it was read last; undefined: it was not yet. */
  row: Row | undefined;
  #connection = -1;
  /** For how long it was seen to be the same, milliseconds. */
  #sameMs = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #isRaising = false;
  /** Whether it was made ready for a raise since the row has changed. */
  #isReady = false;
  /** The epoch in which this server leads, if it does. */
  #won = 0;
  #raised: ((raised: Raised) => void) | undefined;
  #isClosed = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#timing = options.timing;
    options.session.onRow = (row, connection) => this.#saw(row, connection);
  }

  /** Resolves once this server leads. */
  win(): Promise<Raised> {
    return new Promise((resolve) => {
      this.#raised = resolve;
      this.#look();
    });
  }

  /** This server does not lead, even if the epoch is just being raised: who says nothing in it is taken over from. */
  withdraw(): void {
    this.#raised = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.withdraw();
  }

  /** Looks at the row now and then, where nobody else does; and as soon as this server may lead by it. */
  readonly #look = (): void => {
    if (this.#isClosed || this.#raised === undefined) return;
    const { session, timing } = this.#options;
    const ms = this.#lookAt - timing.now;
    if (ms > 0) timing.after(ms, this.#look);
    else session.read(0, 0, this.#lookLater);
  };

  readonly #lookLater = (found: Contents | Error): void => {
    if (found instanceof Error) this.#timing.after(this.#options.leaseMs / LOOKS, this.#look);
    else this.#look();
  };

  /** When the row has to be read next. */
  get #lookAt(): number {
    const { row } = this;
    const at = this.#readAt + this.#options.leaseMs / LOOKS;
    const leastMs = row === undefined ? 0 : this.#leastMs(row) - this.#sameMs;
    return leastMs > 0 ? Math.min(at, this.#readAt + leastMs) : at;
  }

  #saw(row: Row, connection: number): void {
    // It was asked for before this server led.
    if (row.epoch < this.#won) return;
    const { now } = this.#timing;
    const { leaseMs } = this.#options;
    const seen = this.row;
    const isSame = row.epoch === seen?.epoch && row.position === seen.position && row.beat === seen.beat;
    if (isSame && connection === this.#connection)
      this.#sameMs += Math.min(now - this.#readAt, leaseMs / UNSEEN);
    else {
      this.#sameMs = 0;
      this.#isReady = false;
    }
    this.#readAt = now;
    this.row = row;
    this.#connection = connection;
    this.#tell(row, this.#sameMs >= leaseMs);
    this.#makeReady(row);
    this.#tryToLead(row);
  }

  #tell({ epoch, leader }: Row, isSilent: boolean): void {
    const told = this.leadership;
    if (told.epoch === epoch && told.leader === leader && told.isSilent === isSilent) return;
    this.leadership = { epoch, leader, isSilent };
    this.onLeadership();
  }

  /** A leader that has been silent for so long is mostly gone. */
  #makeReady(row: Row): void {
    const { leaseMs, session } = this.#options;
    const leastMs = this.#leastMs(row) - leaseMs / READY;
    if (this.#raised === undefined || this.#isReady || leastMs <= 0 || this.#sameMs < leastMs) return;
    this.#isReady = true;
    session.expectRaise();
  }

  #tryToLead(row: Row): void {
    if (this.#raised === undefined || this.#isRaising || this.#sameMs < this.#leastMs(row)) return;
    const { session, leaseMs, random } = this.#options;
    this.#isRaising = true;
    session.raise(row, this.#connection, (raised) => {
      if (raised === undefined) {
        // Others may try at the same time, unless it was this one's turn.
        const isNamed = row.successor === this.#options.member;
        this.#timing.after(isNamed ? 0 : (random() * leaseMs) / 5, () => {
          this.#isRaising = false;
        });
        return;
      }
      this.#isRaising = false;
      this.#won = raised.epoch;
      const resolve = this.#raised;
      this.#raised = undefined;
      this.#tell({ ...row, epoch: raised.epoch, leader: this.#options.member }, false);
      resolve?.(raised);
    });
  }

  /** For how long the row has to have been the same before it may be led from, milliseconds. */
  #leastMs({ epoch, successor }: Row): number {
    const { member, leaseMs } = this.#options;
    if (epoch === 0 || successor === member || successor === ANYBODY) return 0;
    return successor === '' ? leaseMs : leaseMs / GRACE;
  }
}
