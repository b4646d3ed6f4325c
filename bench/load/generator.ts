import { Deferred } from '../../shared/deferred.ts';
import { LoadConnection } from './connection.ts';
import { NumberedBodies, NumberedBodyCheck } from './numbered-bodies.ts';
import { protocols } from './protocols.ts';
import { requestsOf } from './requests-of.ts';
import { SameBodyCheck } from './same-body.ts';
import type { LoadResult, LoadSpec } from './spec.ts';
import { Tally } from './tally.ts';

/**
 * Connections that are opened at a time. A system drops those that it cannot queue for a server, and who was dropped does not
 * know, and sends again after seconds.
 */
const OPENED_AT_ONCE = 128;
/** A server that answers nothing for so long (milliseconds) hangs. */
const HANG_MS = 30_000;

/**
 * Runs one load against a server on this machine, to its end.
 * Rejects if the server cannot be reached, closes a connection or stops answering.
 */
export async function generateLoad(spec: LoadSpec): Promise<LoadResult> {
  const protocol = protocols[spec.protocol];
  if (spec.inFlight > 1 && !protocol.pipelines) {
    throw new Error(`${spec.protocol} can have one operation in flight only`);
  }
  const finished = new Deferred<void>();
  const fail = (error: Error) => finished.reject(error);
  const tally = new Tally(spec, () => finished.resolve());
  const requests = requestsOf(protocol, spec);
  const body = Buffer.from(spec.body, 'latin1');
  const numbered = new NumberedBodies();
  const bodyCheck = () =>
    spec.numberedFrom === undefined ? new SameBodyCheck(body) : new NumberedBodyCheck(numbered, body);
  const connections: LoadConnection[] = [];
  const stopWatching = watchForHang(tally, fail);
  try {
    while (connections.length < spec.connections) {
      const first = connections.length;
      const count = Math.min(OPENED_AT_ONCE, spec.connections - first);
      const some = Array.from(
        { length: count },
        (_, i) => new LoadConnection(spec, protocol, requests, bodyCheck(), tally, first + i),
      );
      connections.push(...some);
      await Promise.all(some.map((connection) => connection.open(fail)));
    }
    for (const connection of connections) connection.start();
    await finished.promise;
  } finally {
    stopWatching();
    for (const connection of connections) connection.close();
  }
  const result = tally.result();
  return { ...result, misses: result.misses + numbered.missing };
}

function watchForHang(tally: Tally, onHang: (error: Error) => void): () => void {
  let seen = -1;
  const timer = setInterval(() => {
    if (tally.answeredCount === seen) onHang(new Error(`it hangs: ${seen} of ${tally.total} answered`));
    seen = tally.answeredCount;
  }, HANG_MS);
  return () => clearInterval(timer);
}
