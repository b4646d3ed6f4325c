import { runLoad } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import type { RunningServer } from '../peers/running-server.ts';

/** What came of a load, and what the server took for it. */
export interface ServerLoad extends LoadResult {
  /** Microseconds of a processor, all threads of the server, for one operation. */
  readonly serverMicros: number;
}

/** Puts a server under load. Rejects with what stopped it, and what the server says. */
export async function loadServer(
  server: RunningServer,
  spec: Omit<LoadSpec, 'port' | 'protocol'>,
): Promise<ServerLoad> {
  const before = server.processorTime();
  const result = await runLoad({ ...spec, protocol: server.peer.protocol, port: server.port }).catch(
    (error: unknown) => {
      throw server.explain(error);
    },
  );
  const seconds = server.processorTime() - before;
  return { ...result, serverMicros: (seconds * 1e6) / (spec.warmUp + spec.ops) };
}
