import type { Command } from 'commander';
import type { Queue } from '../../server/http/schemas/queues.ts';
import type { Overview, ServerInfo } from '../../server/http/schemas/server.ts';
import { UsageError } from '../../shared/errors.ts';
import { timeMs } from '../arguments.ts';
import { QUEUE_COLUMNS } from '../columns.ts';
import { age, count, rate, since, visible } from '../format.ts';
import { openSession, type Session } from '../session.ts';

/** By the keys that choose them. */
const SORTS: ReadonlyMap<string, string> = new Map([
  ['n', 'name'],
  ['r', 'ready'],
  ['f', 'failed'],
  ['i', 'in'],
  ['o', 'out'],
  ['a', 'oldest'],
]);
/** q, Ctrl+C and Escape. */
const ENDS: ReadonlySet<string> = new Set(['q', '\u0003', '\u001b']);
const LEAST_INTERVAL_MS = 200;
/** Lines that are no queue. */
const FRAME_LINES = 7;

/** `top`: what goes on, again and again, in a terminal. */
export function addTop(program: Command): void {
  program
    .command('top')
    .description('queues, live: n r f i o a sort them, q ends it')
    .argument('[glob]', 'only queues that this fits')
    .option('--interval <time>', 'between two looks', timeMs, 2000)
    .action(top);
}

async function top(
  glob: string | undefined,
  { interval }: { interval: number },
  command: Command,
): Promise<void> {
  const session = openSession(command);
  if (!session.output.isTerminal || !process.stdin.isTTY)
    throw new UsageError('top needs a terminal: in a pipe use memq queues');
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(process.stdout, { showCursor: false });
  const ahead = new Pause();
  let sort = 'ready';
  let isOver = false;
  const onKeys = (keys: Buffer) => {
    for (const key of keys.toString()) {
      if (ENDS.has(key)) isOver = true;
      sort = SORTS.get(key) ?? sort;
    }
    ahead.end();
  };
  const onResize = () => ahead.end();
  process.stdin.setRawMode(true).on('data', onKeys).resume();
  process.stdout.on('resize', onResize);
  try {
    while (!isOver) {
      ahead.begin(Math.max(interval, LEAST_INTERVAL_MS));
      draw(await screen(session, glob, sort));
      await ahead.isOver;
    }
  } finally {
    draw.done();
    process.stdout.off('resize', onResize);
    process.stdin.setRawMode(false).off('data', onKeys).pause();
  }
}

/** A time that may be cut short, also before somebody waits for its end. */
class Pause {
  isOver: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #resolve = () => {};

  begin(ms: number): void {
    this.isOver = new Promise((resolve) => {
      this.#resolve = resolve;
      this.#timer = setTimeout(resolve, ms);
    });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#resolve();
  }
}

/** A trouble is shown in place of the figures, and looked at again. */
async function screen(session: Session, glob: string | undefined, sort: string): Promise<string> {
  const { client, output } = session;
  const rows = Math.max((process.stdout.rows ?? 24) - FRAME_LINES, 1);
  try {
    const [server, overview, queues] = await Promise.all([
      client.get<ServerInfo>('/server'),
      client.get<Overview>('/overview'),
      client.get<{ items: Queue[] }>('/queues', { q: glob, sort, limit: Math.min(rows, 1000) }),
    ]);
    const { rates, conditions, oldest } = overview;
    const head = [
      `memq ${server.version} at ${client.url}, up ${since(server.started_at)}, ${server.health}${server.cluster === null ? '' : `, ${server.cluster.role} in epoch ${server.cluster.epoch}`}`,
      `${count(overview.ready)} ready  ${count(overview.delayed)} delayed  ${count(overview.reserved)} running  ${count(overview.failed)} failed  ${count(overview.workers)} workers`,
      `${rate(rates.in)}/s in  ${rate(rates.out)}/s out  ${rate(rates.failed)}/s failed${oldest === null ? '' : `  oldest ${age(oldest.age)} in ${oldest.queue.name}`}`,
    ];
    const trouble = conditions.slice(0, 1).map(({ text }) => output.style('yellow', visible(text)));
    const table = queues.items.length === 0 ? 'no queues' : await output.table(queues.items, QUEUE_COLUMNS);
    return [
      ...head.map(visible),
      ...trouble,
      '',
      table,
      '',
      `by ${sort}: n name r ready f failed i in o out a age, q ends`,
    ]
      .map(fit)
      .join('\n');
  } catch (error) {
    return output.style('red', visible((error as Error).message));
  }
}

/** Lines that are too long would be two. */
function fit(text: string): string {
  const width = process.stdout.columns ?? 80;
  return text
    .split('\n')
    .map((line) => (plainLength(line) <= width ? line : cutStyled(line, width)))
    .join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin styles
const STYLE = /\u001b\[[0-9;]*m/g;

function plainLength(line: string): number {
  return [...line.replace(STYLE, '')].length;
}

/** Without its styles, which may end behind the cut. */
function cutStyled(line: string, width: number): string {
  return [...line.replace(STYLE, '')].slice(0, width).join('');
}
