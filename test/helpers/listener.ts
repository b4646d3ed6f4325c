import { onTestFinished } from 'vitest';
import type { TlsFiles } from '../../server/net/certificates.ts';
import { Listener } from '../../server/net/listener.ts';
import type { SessionContext } from '../../server/session/session.ts';
import { createLogger } from '../../shared/logger.ts';
import { TestEngine } from './local-engine.ts';

interface Options {
  readonly tls?: TlsFiles;
  /** What becomes of the requests of a client. */
  readonly createDispatch: SessionContext['createDispatch'];
  /** Is told of those whose connection has ended. */
  readonly left?: NonNullable<SessionContext['left']>;
  /** How long clients may take to agree on TLS, and to log in; milliseconds. */
  readonly handshakeMs?: number;
  readonly loginMs?: number;
}

/** A listener in this process, on a free port, until the test is over. */
export async function listen({ tls, createDispatch, left = () => {}, handshakeMs, loginMs }: Options) {
  const { engine } = await TestEngine.openInMemory();
  const counts = {
    ...{ totalConnections: 0, rejectedConnections: 0, endedBytesRead: 0, endedBytesWritten: 0 },
    ...{ yields: 0, idleKicks: 0 },
  };
  const context = {
    engine,
    limits: {
      ...{ maxConnections: 100, maxItemSize: 1000, idleTimeoutMs: 0, stalledTimeoutMs: 1_000_000 },
      compat: 'none' as const,
    },
    logger: createLogger('test', 'silent'),
    counts,
    createDispatch,
    left,
    descriptors: 1000,
    tls,
  };
  const listener = new Listener(context, handshakeMs, loginMs);
  onTestFinished(async () => {
    await listener.stop(0);
    await engine.close();
  });
  return { port: await listener.listenTcp(0, '127.0.0.1'), counts, listener, engine };
}
