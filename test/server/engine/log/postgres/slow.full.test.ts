import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { ProcessTiming } from '../../../../../server/cluster/process-timing.ts';
import { ReplicatedLog } from '../../../../../server/engine/log/replicated/replicated-log.ts';
import { Event, EventType } from '../../../../../server/engine/state/events.ts';
import { withPostgres } from '../../../../fixtures/postgres.ts';
import { append, batchOf, execute, openDatabase, raise, rowOf } from './database-side.ts';

/** A unix socket, which holds little by itself, on which a server is reached that takes so many bytes a millisecond. */
async function slowWayTo(port: number, bytesPerMs: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'memq-slow-'));
  const server = net.createServer((client) => {
    const far = net.connect(port, '127.0.0.1');
    client.on('data', (chunk) => {
      far.write(chunk);
      client.pause();
      setTimeout(() => client.resume(), chunk.length / bytesPerMs);
    });
    far.pipe(client);
    for (const [one, other] of [
      [client, far],
      [far, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  server.listen(join(folder, '.s.PGSQL.5432'));
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return `postgres://memq@${encodeURIComponent(folder)}/postgres`;
}

withPostgres('a database that takes long', (it) => {
  it('is not given up while it still takes what it is sent', async ({ postgres }) => {
    const url = await slowWayTo(postgres.port, 4000);
    const { database, lines } = await openDatabase(url, { leaseMs: 4000 });
    await raise(database);
    expect(await execute(database, append(batchOf(0, 'x')))).toBe('committed');
    // It begins to work once it has all of it, in eight seconds: so long it looks idle, at six looks.
    expect(await execute(database, append(batchOf(1, Buffer.alloc(32_000_000))))).toBe('committed');
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('keeps its leader while a batch takes longer than a lease on its way', async ({ postgres }) => {
    const cluster = 'large_batch';
    const leaseMs = 5000;
    const slow = await openDatabase(await slowWayTo(postgres.port, 1000), { cluster, leaseMs });
    const quick = await openDatabase(postgres.url, { cluster, leaseMs });
    const [leader, other] = [slow, quick].map(({ database }, i) =>
      ReplicatedLog.open({
        ...{ database, leaseMs, member: `large ${i}`, timing: new ProcessTiming() },
        ...{ cacheSize: 1024 * 1024, clock: Date.now },
      }),
    ) as [ReplicatedLog, ReplicatedLog];
    await leader.start();
    let hasLed = false;
    void other.lead().then(() => {
      hasLed = true;
    });
    const event = new Event();
    const body = Buffer.alloc(8 * 1024 * 1024);
    Object.assign(event, { type: EventType.message, order: 1, body, bodyEnd: body.length });
    leader.append(event);
    const began = performance.now();
    // As text it is twice as large.
    await leader.flush();
    expect(performance.now() - began).toBeGreaterThan(leaseMs);
    expect(leader.failure).toBeUndefined();
    expect(hasLed).toBe(false);
    expect((await rowOf(quick.database)).epoch).toBe(1);
  });

  it('is not given up when it has answered, and this process was too busy to read that', async ({
    postgres,
  }) => {
    const { database } = await openDatabase(postgres.url, { leaseMs: 3000 });
    const listed = database.list();
    // Until it is on its way.
    await new Promise(setImmediate);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
    expect(await listed).toEqual([]);
  });
});
