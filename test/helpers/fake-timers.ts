import { onTestFinished, vi } from 'vitest';

/** Timers, or the clock, go on only as the test says. The real ones are back when it is over, however it ends. */
export function fakeTimers(options: Parameters<typeof vi.useFakeTimers>[0]): void {
  onTestFinished(() => {
    vi.useRealTimers();
  });
  vi.useFakeTimers(options);
}
