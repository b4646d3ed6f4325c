import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../peers/ports.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { Probe } from '../probe/process.ts';
import { type Bar, medianRow, type Row, worstRow } from '../result.ts';
import { median } from '../statistics.ts';
import { memqWithHttp, timed } from './http-peer.ts';
import type { Scenario, Settings } from './scenario.ts';
import { until, withConnection, withServer } from './with-server.ts';

const QUEUES = 100_000;
/** Messages that have failed with the same error. */
const FAILED = 100_000;
const BATCH = 1000;
/** How long a server is left alone before it is looked at. */
const QUIET_MS = 3000;
const MEGABYTE = 1e6;

const memqEntry = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const run = promisify(execFile);

/** What people do over HTTP: they search, try a group of failures again, start `memq`; and what memory serving it takes. */
export const httpUse: Scenario = {
  name: 'http-use',
  async run(settings) {
    const queues = Math.min(QUEUES, settings.ops ?? QUEUES);
    const failed = Math.min(FAILED, settings.ops ?? FAILED);
    const httpPort = await freePort();
    const url = `http://127.0.0.1:${httpPort}`;
    const peer = memqWithHttp(`127.0.0.1:${httpPort}`);
    const searches = await withServer(settings, (server) => search(server, url, queues, settings), peer);
    const retry = await withServer(settings, (server) => retryGroup(server, url, failed), peer);
    const cold = await withServer(settings, () => coldStarts(url, settings.rounds), peer);
    const memory = await withServer(settings, idleMemory, peer);
    const memoryWithout = await withServer(settings, idleMemory, memqWithHttp('none'));
    const more: Row = medianRow('memory of HTTP, idle', 'MB', [(memory - memoryWithout) / MEGABYTE]);
    const byId = medianRow(`search by id in ${queues.toLocaleString('en-US')} queues`, 'ms', searches.byId);
    const byText = medianRow('search by text, first answer', 'ms', searches.byText);
    const waits = worstRow(
      `retry of ${failed.toLocaleString('en-US')} of a group: worst answer, more than before`,
      'ms',
      [retry.more],
    );
    const start = medianRow('memq queues, cold', 'ms', cold);
    const bar = ({ subject, unit, figure }: Row, most: number): Bar => ({
      of: subject,
      most,
      unit,
      reached: figure,
    });
    return {
      name: 'http-use',
      load: `searches, a retry beside a noop every millisecond, starts of memq; ${peer.name}`,
      rows: [
        { ...byId, wrong: searches.wrong },
        byText,
        { ...waits, lag: retry.lag, wrong: retry.wrong },
        start,
        more,
      ],
      bars: [bar(byId, 50), bar(byText, 300), bar(waits, 20), bar(start, 250), bar(more, 25)],
      absent: [],
    };
  },
};

async function search(server: RunningServer, url: string, queues: number, { rounds, onProgress }: Settings) {
  await withConnection(server, async (connection) => {
    for (let from = 0; from < queues; from += BATCH) {
      const size = Math.min(BATCH, queues - from);
      await connection.exchange(
        Array.from({ length: size }, (_, i) => `set q${from + i}/id=j${from + i} 0 0 4\r\nx(1)\r\n`).join(''),
      );
    }
  });
  const byId: number[] = [];
  const byText: number[] = [];
  let wrong = 0;
  for (let round = 0; round < rounds; round++) {
    const id = `j${Math.floor((queues * (round + 1)) / (rounds + 1))}`;
    const [ms, text] = await timed(url, `/api/v1/search?q=${id}&limit=1`);
    if (JSON.parse(text).items[0]?.id !== id) wrong++;
    byId.push(ms);
    byText.push((await timed(url, '/api/v1/search?q=nowhere%20to%20be%20found'))[0]);
    onProgress(
      `http-use ${round + 1}/${rounds}: by id ${ms.toFixed(1)} ms, by text ${byText.at(-1)?.toFixed(0)} ms`,
    );
  }
  return { byId, byText, wrong };
}

async function retryGroup(server: RunningServer, url: string, failed: number) {
  await withConnection(server, async (connection) => {
    for (let done = 0; done < failed; done += BATCH)
      await connection.exchange(
        'set f 0 0 1\r\nx\r\nget f/open\r\nset f/fail/final 0 0 3\r\nbad\r\n'.repeat(
          Math.min(BATCH, failed - done),
        ),
      );
  });
  const [group] = JSON.parse((await timed(url, '/api/v1/failed/groups?queue=f'))[1]).items;
  const before = await Probe.start(server.port);
  await delay(QUIET_MS);
  const quiet = await before.stop();
  const probe = await Probe.start(server.port);
  const body = JSON.stringify({
    verb: 'retry',
    select: { queue: 'f', state: 'failed', error_group: group.group },
  });
  const [, accepted] = await timed(url, '/api/v1/actions', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const { id } = JSON.parse(accepted);
  let done = 0;
  await until('the action to end', async () => {
    const action = JSON.parse((await timed(url, `/api/v1/actions/${id}`))[1]);
    done = action.done;
    return action.state !== 'running';
  });
  const busy = await probe.stop();
  const wrong = (group.count === failed ? 0 : 1) + (done === failed ? 0 : 1) + busy.wrong;
  return { more: busy.worst - quiet.worst, lag: Math.max(busy.lag, quiet.lag), wrong };
}

async function coldStarts(url: string, rounds: number): Promise<number[]> {
  const env = { ...process.env, MEMQ_URL: url };
  const times: number[] = [];
  for (let round = 0; round < Math.max(rounds, 3); round++) {
    const start = performance.now();
    // There are no queues, which it says with 1.
    await run(process.execPath, [memqEntry, 'queues'], { env }).catch(() => {});
    times.push(performance.now() - start);
  }
  return [median(times)];
}

async function idleMemory(server: RunningServer): Promise<number> {
  await delay(QUIET_MS);
  return server.memory().now;
}
