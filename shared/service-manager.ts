import { spawn } from 'node:child_process';

/** What a service says of itself: `READY=1`, `STOPPING=1` and others (man 3 sd_notify). */
export type State = `${'READY' | 'STOPPING'}=1`;

/**
 * How to tell systemd in what state this process is; does nothing where nobody asks (`Type=notify`). Whoever is started
 * by this process from now on is not asked. `onTrouble`: it could not be told.
 */
export function serviceManager(onTrouble: (error: Error) => void): (state: State) => void {
  const { NOTIFY_SOCKET: socket } = process.env;
  delete process.env.NOTIFY_SOCKET;
  if (!socket) return () => {};
  return (state) => {
    // Node.js has no datagrams on unix sockets. Where there is systemd, there is its own program for this.
    const options = { env: { ...process.env, NOTIFY_SOCKET: socket }, stdio: 'ignore' } as const;
    const child = spawn('systemd-notify', [state], options);
    child.on('error', onTrouble);
    child.on('exit', (code) => {
      if (code !== 0) onTrouble(new Error(`systemd-notify ended with ${code}: nobody listens on ${socket}`));
    });
    child.unref();
  };
}
