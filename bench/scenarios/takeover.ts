import { setTimeout as delay } from 'node:timers/promises';
import { memqOnDatabase } from '../peers/memq-cluster.ts';
import { freePort } from '../peers/ports.ts';
import { RunningServer } from '../peers/running-server.ts';
import { Database } from '../replicated/database.ts';
import { Setter } from '../replicated/setter.ts';
import { medianRow, type Row, worstRow } from '../result.ts';
import { untilReady } from './replicated.ts';
import type { Scenario, Settings } from './scenario.ts';
import { until } from './with-server.ts';

/** Of each kind; and where --ops asks for a short run. */
const ENDS = 30;
const FEW_ENDS = 2;
const SERVERS = 3;
/** What REPLICATED.md and the design promise, seconds: a lease and a second; and a planned handover. */
const KILLED_S = 6;
const HANDED_OVER_S = 0.5;
/** Between a server that is back and the next end, so that it has read the log, milliseconds. */
const QUIET_MS = 500;

/** A server, and where it says how it is. */
interface Member {
  readonly server: RunningServer;
  readonly httpPort: number;
}

/** How long clients of a cluster wait when its leader is gone. */
export const takeover: Scenario = {
  name: 'takeover',
  async run(settings) {
    const ends = settings.ops === undefined ? ENDS : FEW_ENDS;
    const name = 'takeover';
    const load = `seconds until a client is served again whose leader ends, ${ends} times each; ${SERVERS} servers, PostgreSQL with one synchronous standby on this machine`;
    if (Database.programs === undefined)
      return { name, load, rows: [], bars: [], absent: ['PostgreSQL (postgresql)'] };
    const killed: number[] = [];
    const handedOver: number[] = [];
    await withCluster(settings, async (members) => {
      for (let i = 0; i < ends; i++) {
        killed.push(await end(members, 'SIGKILL'));
        handedOver.push(await end(members, 'SIGTERM'));
        settings.onProgress(
          `takeover ${i + 1}/${ends}: ${killed.at(-1)?.toFixed(2)} s after kill -9, ${handedOver.at(-1)?.toFixed(2)} s after TERM`,
        );
      }
    });
    const rows = [...rowsOf('kill -9', killed), ...rowsOf('TERM', handedOver)];
    return {
      ...{ name, load, rows, absent: [] },
      bars: [
        { of: 'kill -9', most: KILLED_S, unit: 's', reached: Math.max(...killed) },
        { of: 'TERM', most: HANDED_OVER_S, unit: 's', reached: Math.max(...handedOver) },
      ],
    };
  },
};

function rowsOf(signal: string, figures: number[]): Row[] {
  return [worstRow(`${signal}, worst`, 's', figures), medianRow(`${signal}, median`, 's', figures)];
}

async function withCluster(
  { directory }: Settings,
  act: (members: readonly Member[]) => Promise<void>,
): Promise<void> {
  const database = await Database.start(directory);
  const members: Member[] = [];
  try {
    for (let i = 0; i < SERVERS; i++) {
      const httpPort = await freePort();
      const server = await RunningServer.start(memqOnDatabase(database.url, httpPort), directory);
      members.push({ server, httpPort });
      await untilReady(httpPort);
    }
    await act(members);
  } catch (error) {
    throw members.at(0)?.server.explain(error) ?? error;
  } finally {
    for (const { server } of members) await server.stop();
    await database.stop();
  }
}

/** Ends the leader, and starts it again; seconds until a client of another server is served. */
async function end(members: readonly Member[], signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
  for (const { httpPort } of members) await untilReady(httpPort);
  const leader = await leaderOf(members);
  const other = members.find((each) => each !== leader) as Member;
  await delay(QUIET_MS);
  const setter = await Setter.start(other.server.port);
  const began = performance.now();
  const back = leader.server.restart(signal);
  const served = await setter.servedAgain();
  await back;
  return (served - began) / 1000;
}

async function leaderOf(members: readonly Member[]): Promise<Member> {
  let found: Member | undefined;
  await until('a leader', async () => {
    for (const member of members) {
      const answer = await fetch(`http://127.0.0.1:${member.httpPort}/readyz?verbose`).catch(() => undefined);
      if (/leading in epoch/.test((await answer?.text()) ?? '')) found = member;
    }
    return found !== undefined;
  });
  return found as Member;
}
