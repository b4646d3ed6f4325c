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

/** Signals end the process, as they do any other. */
export function leaveSignals(): void {
  for (const signal of HEEDED) process.off(signal, tell as NodeJS.SignalsListener);
  const [first] = early;
  if (first !== undefined) process.kill(process.pid, first);
}
