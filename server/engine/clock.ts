import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Time in milliseconds since the epoch. */
export type Clock = () => number;

/** How often the machine's uptime is looked at, and the least difference that counts as a suspend, milliseconds. */
const CHECK_MS = 1000;
const LEAST_SUSPEND_MS = 1000;

export interface ClockSources {
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds; need not count the time that the machine is suspended. */
  monotonic(): number;
  /** Seconds; counts that time. */
  uptime(): number;
}

const SYSTEM: ClockSources = { wall: Date.now, monotonic: () => performance.now(), uptime };

/**
 * The wall clock's time at the start, carried on by a monotonic clock and by the time that the machine was suspended:
 * a wall clock that is set while the server runs neither makes everything due nor stops anything.
 */
export function engineClock(sources: ClockSources = SYSTEM): Clock {
  const awakeAtStart = sources.monotonic();
  const start = sources.wall() - awakeAtStart;
  const asleepAtStart = sources.uptime() * 1000 - awakeAtStart;
  let checkedAt = awakeAtStart;
  let suspended = 0;
  return () => {
    const awake = sources.monotonic();
    if (awake - checkedAt >= CHECK_MS) {
      checkedAt = awake;
      const asleep = sources.uptime() * 1000 - awake - asleepAtStart;
      if (asleep - suspended >= LEAST_SUSPEND_MS) suspended = asleep;
    }
    return start + awake + suspended;
  };
}
