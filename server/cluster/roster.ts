import type { ClusterMembers, Member } from '../engine/log/replicated/cluster-members.ts';

/** How often a server says that it is there, and looks who else is, milliseconds. */
const PERIOD_MS = 1000;
/** Who was not seen for so long cannot be counted on, milliseconds. */
const LATELY_MS = 3000;

type Self = Omit<Member, 'seenMs'>;

/** The servers of a cluster, as this one knows them. */
export class Roster {
  readonly #members: ClusterMembers;
  readonly #self: () => Self;
  readonly #onChange: () => void;
  #all: readonly Member[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Whoever listened at its address before is gone since. */
  readonly #startedAt = performance.now();
  #sharedAddress: string | undefined;
  #isOver = false;
  /** Under way; the next one waits for it. */
  #look: Promise<void> = Promise.resolve();

  /** `self`: as it is now. `onChange`: others are there, or are reached elsewhere. */
  constructor(members: ClusterMembers, self: () => Self, onChange: () => void) {
    this.#members = members;
    this.#self = self;
    this.#onChange = onChange;
  }

  /** Says that this server is there, from now on again and again. */
  start(): void {
    void this.refresh();
  }

  /** Those that were seen within a minute, this one included. */
  get all(): readonly Member[] {
    return this.#all;
  }

  /** HOST:PORT of a member; undefined for one that is not known, or not yet. */
  addressOf(id: string): string | undefined {
    return this.#all.find((member) => member.id === id)?.address;
  }

  /**
   * HOST:PORT of this server where another one that runs says the same: who is sent there comes to any of them, and may be
   * refused. Undefined where all is well.
   */
  get sharedAddress(): string | undefined {
    return this.#sharedAddress;
  }

  /** The one that is to lead after this one: there, and the furthest. */
  get successor(): Member | undefined {
    const { id } = this.#self();
    return this.#all
      .filter((member) => member.id !== id && !member.isJoining && member.seenMs < LATELY_MS)
      .sort((a, b) => b.applied - a.applied)[0];
  }

  /**
   * The newest format of events that all of them can read. There is one format so far, which every version writes. The first event
   * type of a newer one is written only while this says so: `ReplicatedLog.append` is the one place through which all events go. Who meets a
   * type that it does not know follows no more (`wholeSizeAt`), and never leads.
   */
  get format(): number {
    return this.#all.reduce((oldest, { format }) => Math.min(oldest, format), this.#self().format);
  }

  /** Announces, and looks, at once: something has changed. It tells of no error, since the database's condition does. */
  refresh(): Promise<void> {
    this.#look = this.#look.then(() => this.#refresh());
    return this.#look;
  }

  /** This one ends. */
  async leave(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#members.leave(this.#self().id).catch(() => {});
  }

  async #refresh(): Promise<void> {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    try {
      await this.#members.announce(this.#self());
      const uptimeMs = performance.now() - this.#startedAt;
      this.#all = await this.#members.list();
      this.#sharedAddress = this.#addressOfAnother(Math.min(uptimeMs, LATELY_MS));
    } catch {
      // The last ones are as good a guess as any.
    }
    if (this.#isOver) return;
    this.#timer = setTimeout(() => void this.refresh(), PERIOD_MS).unref();
    this.#onChange();
  }

  #addressOfAnother(latelyMs: number): string | undefined {
    const { id, address } = this.#self();
    const others = this.#all.filter((member) => member.id !== id && member.seenMs < latelyMs);
    return others.some((member) => member.address === address) ? address : undefined;
  }
}
