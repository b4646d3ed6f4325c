import { freePort } from '../peers/ports.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import type { TextConnection } from '../text-connection.ts';
import { memqWithHttp, timed } from './http-peer.ts';
import { inRounds } from './rounds.ts';
import type { Scenario } from './scenario.ts';
import { withConnection, withServer } from './with-server.ts';

const QUEUES = 1000;
/** In the queue whose pages are asked for; 10 million with `--ops 10000000`. */
const MESSAGES = 100_000;
const PAGE = 50;
const PAGES = 200;
/** A text of metrics is good for so long, milliseconds. */
const GOOD_FOR_MS = 1100;
/** Requests that are sent at a time. */
const BATCH = 1000;

interface Round {
  readonly metrics: number;
  readonly bytes: number;
  readonly firstPage: number;
  readonly lastPage: number;
  readonly wrong: number;
}

/** How long the HTTP side takes for what people and Prometheus ask for. */
export const http: Scenario = {
  name: 'http',
  async run(settings) {
    const messages = settings.ops ?? MESSAGES;
    const httpPort = await freePort();
    const url = `http://127.0.0.1:${httpPort}`;
    const rounds: Round[] = [];
    await withServer(
      settings,
      async (server) => {
        await withConnection(server, (connection) => fill(connection, messages));
        await inRounds(settings, async (round) => {
          const found = await measure(url, messages);
          rounds.push(found);
          settings.onProgress(
            `http ${round}: metrics ${found.metrics.toFixed(1)} ms, first page ${found.firstPage.toFixed(1)} ms`,
          );
          return [found.metrics, found.firstPage, found.lastPage];
        });
      },
      memqWithHttp(`127.0.0.1:${httpPort}`),
    );
    const row = (subject: string, unit: string, of: (round: Round) => number): Row =>
      medianRow(subject, unit, rounds.map(of));
    const metrics = row('/metrics', 'ms', (round) => round.metrics);
    const bytes = row('/metrics, not compressed', 'kB', (round) => round.bytes / 1000);
    const first = row('first page', 'ms', (round) => round.firstPage);
    const last = row(`page ${PAGES}`, 'ms', (round) => round.lastPage);
    const wrong = rounds.reduce((sum, round) => sum + round.wrong, 0);
    const bar = ({ subject, unit, figure }: Row, most: number): Bar => ({
      of: subject,
      most,
      unit,
      reached: figure,
    });
    return {
      name: 'http',
      load: `${QUEUES.toLocaleString('en-US')} queues in use, pages of ${PAGE} of a queue of ${messages.toLocaleString('en-US')}`,
      rows: [metrics, bytes, first, { ...last, wrong }],
      bars: [bar(metrics, 20), bar(bytes, 500), bar(first, 20), bar(last, 50)],
      absent: [],
    };
  },
};

/** Each of the queues has had a job that is done; one has very many that wait. */
async function fill(connection: TextConnection, messages: number): Promise<void> {
  const one = (i: number) =>
    `set q${i} 0 0 1\r\nx\r\nset q${i} 0 0 1\r\nx\r\nget q${i}/open\r\nset q${i}/close 0 0 0\r\n\r\n`;
  for (let i = 0; i < QUEUES; i += 100)
    await connection.exchange(Array.from({ length: 100 }, (_, j) => one(i + j)).join(''));
  for (let done = 0; done < messages; done += BATCH)
    await connection.exchange('set deep 0 0 1\r\nx\r\n'.repeat(Math.min(BATCH, messages - done)));
}

async function measure(url: string, messages: number): Promise<Round> {
  await new Promise((resolve) => setTimeout(resolve, GOOD_FOR_MS));
  const [metrics, text] = await timed(url, '/metrics');
  let wrong = /^memq_queues 1001$/m.test(text) ? 0 : 1;
  let cursor = '';
  let firstPage = 0;
  let lastPage = 0;
  const pages = Math.min(PAGES, Math.floor(messages / PAGE));
  for (let page = 1; page <= pages; page++) {
    const [ms, body] = await timed(
      url,
      `/api/v1/queues/deep/messages?state=ready&limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    const { items, next } = JSON.parse(body) as { items: unknown[]; next: string | null };
    if (items.length !== PAGE) wrong++;
    if (page === 1) firstPage = ms;
    lastPage = ms;
    cursor = next ?? '';
  }
  return { metrics, bytes: text.length, firstPage, lastPage, wrong };
}
