const DAY = 24 * 3600 * 1000;
/** `GMT`, `GMT+05:30`, and of times long ago `GMT-00:25:21`. */
const OFFSET = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/;

/**
 * The clocks of a time zone. What they show is told as if they stood in UTC, in milliseconds. They are set by less than
 * half a day, and not twice within two days.
 */
export class TimeZone {
  /** By name. To make one takes long, and there are few. */
  static readonly #known = new Map<string | undefined, TimeZone>();
  readonly #format: Intl.DateTimeFormat | undefined;

  /** `name`: an IANA name; undefined: the zone of the machine. */
  static named(name: string | undefined): TimeZone {
    const zone = TimeZone.#known.get(name) ?? new TimeZone(name);
    TimeZone.#known.set(name, zone);
    return zone;
  }

  private constructor(name: string | undefined) {
    const options = { timeZone: name, timeZoneName: 'longOffset' } as const;
    this.#format = name === undefined ? undefined : new Intl.DateTimeFormat('en', options);
  }

  /** How far the clocks are ahead of UTC at an instant, milliseconds. */
  offset(instant: number): number {
    if (this.#format === undefined) return -new Date(instant).getTimezoneOffset() * 60_000;
    const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(this.#format.format(instant)) ?? [];
    const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -offset : offset;
  }

  /** What the clocks show at an instant. */
  shown(instant: number): number {
    return instant + this.offset(instant);
  }

  /** The latest time that the clocks have shown up to an instant: once they were set back, that lies ahead of them. */
  latestShown(instant: number): number {
    const shown = this.shown(instant);
    const change = this.change(instant - DAY, instant);
    // They were set before they showed it.
    return change === undefined ? shown : Math.max(shown, change + this.offset(change - 1) - 1);
  }

  /** The first instant at which the clocks show a time or, where that is left out, at which they pass it. */
  firstAt(time: number): number {
    const before = this.offset(time - DAY);
    if (this.offset(time - before) === before) return time - before;
    const after = this.offset(time + DAY);
    if (this.offset(time - after) === after) return time - after;
    return this.change(time - DAY, time + DAY) as number;
  }

  /** The instant behind `from`, and not behind `to`, from which on the clocks are set otherwise; undefined for none. */
  change(from: number, to: number): number | undefined {
    // They are set at whole milliseconds.
    let before = Math.floor(from);
    let behind = Math.floor(to);
    const offset = this.offset(before);
    if (this.offset(behind) === offset) return undefined;
    while (behind - before > 1) {
      const middle = Math.floor((before + behind) / 2);
      if (this.offset(middle) === offset) before = middle;
      else behind = middle;
    }
    return behind;
  }
}
