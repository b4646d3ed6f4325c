import { setImmediate } from 'node:timers/promises';

/**
 * The signals of the process, from its first moment on: what comes before anybody listens is kept. Those that mean
 * nothing here do not end the process.
 */
const HEEDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Of these SIGUSR1 would have node open a port for a debugger; the others would end the process. */
const IGNORED = ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGPIPE'] as const;

type Signal = (typeof HEEDED)[number];

let early: Signal[] = [];
let listener = (signal: Signal): void => {
  early.push(signal);
};
const tell = (signal: Signal): void => listener(signal);

for (const signal of HEEDED) process.on(signal, tell as NodeJS.SignalsListener);
for (const signal of IGNORED) process.on(signal, () => {});

/** Tells of signals from now on, those that have come already first. */
export function onSignal(listen: (signal: Signal) => void): void {
  listener = listen;
  const kept = early;
  early = [];
  for (const signal of kept) listen(signal);
}

/** Signals end the process from now on, as they do any other; one that has come already does so now. */
export async function leaveSignals(): Promise<void> {
  // What the kernel has delivered is told in the next turn, and would be lost with its listener. The first may be this one's end.
  for (let turns = 0; turns < 2; turns++) await setImmediate();
  for (const signal of HEEDED) process.off(signal, tell as NodeJS.SignalsListener);
  const [first] = early;
  if (first !== undefined) process.kill(process.pid, first);
}
