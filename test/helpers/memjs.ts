import { Server } from 'memjs';

/** Where memjs finds a server, and waits for it longer than its half a second, on a machine that is busy. */
export function memjsServer(port: number, username?: string, password?: string): Server {
  return new Server('127.0.0.1', port, username, password, { timeout: 60 });
}
