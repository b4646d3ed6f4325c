import { setTimeout as delay } from 'node:timers/promises';
import { runLoad } from '../load/process.ts';
import { memqOnDatabase } from '../peers/memq-cluster.ts';
import { freePort } from '../peers/ports.ts';
import { RunningServer } from '../peers/running-server.ts';
import { Database } from '../replicated/database.ts';
import { medianRow } from '../result.ts';
import { untilReady } from './replicated.ts';
import type { Scenario, Settings } from './scenario.ts';
import { difference } from './with-server.ts';

const MESSAGES = 10_000_000;
const BODY = 'x'.repeat(100);
const CONNECTIONS = 50;
const IN_FLIGHT = 32;
const MOST_MEGABYTES = 600;
/** How long servers are left alone before their memory is looked at. */
const QUIET_MS = 3000;

interface Findings {
  readonly storedPerSecond: number;
  /** Seconds from the start of a server until it follows all that there is. */
  readonly joinSeconds: number;
  /** Bytes, at most and when nothing happens. */
  readonly leader: { now: number; most: number };
  readonly follower: { now: number; most: number };
  readonly joiner: { now: number; most: number };
  readonly wrong: number;
}

/** What a long queue takes of the servers of a cluster, and how long one more takes to follow it. */
export const replicatedBacklog: Scenario = {
  name: 'replicated-backlog',
  async run(settings) {
    const messages = settings.ops ?? MESSAGES;
    const load = `${messages.toLocaleString('en-US')} messages of ${BODY.length} bytes wait in a cluster of three, one pass`;
    const name = 'replicated-backlog';
    if (Database.programs === undefined)
      return { name, load, rows: [], bars: [], absent: ['PostgreSQL (postgresql)'] };
    const database = await Database.start(settings.directory);
    try {
      const found = await measure(database, messages, settings);
      const one = (subject: string, unit: string, figure: number) => medianRow(subject, unit, [figure]);
      const members = ['leader', 'follower', 'joiner'] as const;
      const most = Math.max(...members.map((member) => found[member].most)) / 1e6;
      return {
        name,
        load,
        rows: [
          { ...one('stored', 'messages/s', found.storedPerSecond), wrong: found.wrong },
          one('one more server follows after', 's', found.joinSeconds),
          ...members.flatMap((member) => [
            one(`memory of the ${member}, quiet`, 'MB', found[member].now / 1e6),
            one(`memory of the ${member}, at most`, 'MB', found[member].most / 1e6),
          ]),
        ],
        bars: [{ most: MOST_MEGABYTES, unit: 'MB', reached: most }],
        absent: [],
      };
    } finally {
      await database.stop();
    }
  },
};

async function measure(database: Database, messages: number, settings: Settings): Promise<Findings> {
  const servers: RunningServer[] = [];
  const add = async () => {
    const http = await freePort();
    const server = await RunningServer.start(memqOnDatabase(database.url, http), settings.directory);
    servers.push(server);
    await untilReady(http);
    return server;
  };
  try {
    const leader = await add();
    const follower = await add();
    const stored = await runLoad({
      ...{ protocol: 'memcached', port: leader.port, connections: CONNECTIONS, inFlight: IN_FLIGHT },
      ...{ queue: 'backlog', keys: 'plain', body: BODY, mode: 'set', warmUp: 1, ops: messages - 1 },
    });
    settings.onProgress(`replicated-backlog: ${Math.round(stored.opsPerSecond)} stored a second`);
    const start = performance.now();
    const joiner = await add();
    const joinSeconds = (performance.now() - start) / 1000;
    settings.onProgress(`replicated-backlog: one more follows after ${joinSeconds.toFixed(2)} s`);
    await delay(QUIET_MS);
    const wrong = stored.wrong + (await difference(joiner, messages));
    return {
      storedPerSecond: stored.opsPerSecond,
      joinSeconds,
      leader: leader.memory(),
      follower: follower.memory(),
      joiner: joiner.memory(),
      wrong,
    };
  } catch (error) {
    throw servers.at(-1)?.explain(error) ?? error;
  } finally {
    for (const server of servers.reverse()) await server.stop();
  }
}
