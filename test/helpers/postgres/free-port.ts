import net from 'node:net';

/** Below those that systems give to outgoing connections, so that nobody gets it while a server is away for a while. */
const FIRST = 10_000;
const END = 32_000;

/** A port that nobody listens on; somebody else may be quicker, so whoever takes it tries again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (END - FIRST));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
