import { describe, expect, it } from 'vitest';
import { engineClock } from '../../../server/engine/clock.ts';

/** Clocks that a test sets; all in seconds. */
function clocks(): { wall: number; awake: number; asleep: number; read: () => number } {
  const now = { wall: 1_700_000_000, awake: 5000, asleep: 100 };
  const clock = engineClock({
    wall: () => now.wall * 1000,
    monotonic: () => now.awake * 1000,
    uptime: () => now.awake + now.asleep,
  });
  return Object.assign(now, { read: () => Math.round(clock()) / 1000 });
}

describe('the engine’s clock', () => {
  it('goes on from the wall clock’s time', () => {
    const now = clocks();
    expect(now.read()).toBe(1_700_000_000);
    now.awake += 12.5;
    expect(now.read()).toBe(1_700_000_012.5);
  });

  it('does not care how the wall clock is set', () => {
    const now = clocks();
    now.wall += 86_400;
    now.awake += 3;
    expect(now.read()).toBe(1_700_000_003);
    now.wall -= 2 * 86_400;
    now.awake += 3;
    expect(now.read()).toBe(1_700_000_006);
  });

  it('counts the time that the machine was suspended, as soon as it looks', () => {
    const now = clocks();
    now.awake += 10;
    expect(now.read()).toBe(1_700_000_010);
    now.asleep += 3600;
    now.awake += 1;
    expect(now.read()).toBe(1_700_003_611);
    now.asleep += 60;
    now.awake += 1;
    expect(now.read()).toBe(1_700_003_672);
  });

  it('never goes back, and takes no rounding of the uptime for a suspend', () => {
    const now = clocks();
    let last = now.read();
    for (let i = 0; i < 1000; i++) {
      now.awake += 1.1;
      now.asleep += i % 2 === 0 ? 0.5 : -0.5;
      const time = now.read();
      expect(time).toBeCloseTo(last + 1.1, 2);
      last = time;
    }
  });
});
