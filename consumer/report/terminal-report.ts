import { Presets, SingleBar } from 'cli-progress';
import { type DestinationStream, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { clip, printable, printableLines } from '../../shared/printable.ts';
import { KeptHint } from './kept-hint.ts';
import { Rate } from './rate.ts';
import type { PrintedLine, ReportOutput } from './report.ts';
import { span, Totals } from './totals.ts';
import { fieldsForPeople, meaningOf, troubleLine } from './trouble-text.ts';

export type Terminal = NodeJS.WritableStream & { hasColors?(): boolean };

/** How often the bar is drawn anew while nothing happens, in milliseconds. */
const REFRESH_MS = 1000;

const MAX_TITLE = 30;

/** How many characters of lines are written at a time. */
const MAX_LINES = 64 * 1024;

/** A bar from the first job on, and readable lines above it. `expected`: how many jobs wait; undefined: unknown. */
export function terminalReport(
  level: string,
  title: string,
  expected: number | undefined,
  terminal: Terminal,
): ReportOutput {
  const bar = new Bar(title, expected, terminal);
  const logger = pino({ level, base: null }, bar.above(readable(terminal)));
  const { totals } = bar;
  const hint = new KeptHint();
  return {
    counted: (counts) => {
      totals.add(counts);
      bar.left -= counts.done + counts.failed + counts.rejected + counts.cancelled;
      bar.draw();
    },
    trouble: (trouble) => {
      logger[meaningOf(trouble).level](troubleLine(trouble));
      hint.add(trouble);
    },
    log: (level, fields, text) => logger[level](fieldsForPeople(fields, text), text),
    printed: (line) => {
      if (logger.isLevelEnabled('info')) bar.print(printedText(line));
    },
    waiting: (count) => {
      bar.left = (Number.isNaN(bar.left) ? 0 : bar.left) + count;
      bar.draw();
    },
    end: () => {
      bar.end();
      if (totals.jobs > 0) logger.info(`${title}: ${totals}`);
      for (const line of hint.lines()) logger.info(line);
    },
  };
}

/** Lines of JSON as lines for people, with nothing in them that a terminal would obey, and none that is made up. */
function readable(terminal: Terminal): (line: string) => string {
  const format = prettyFactory({
    colorize: terminal.hasColors?.() ?? false,
    translateTime: 'SYS:HH:MM:ss',
  });
  const harmless = (key: string, value: unknown) => {
    if (typeof value !== 'string') return value;
    const lines = printableLines(value);
    return key === 'msg' ? lines.replaceAll('\n', '\n    ') : lines;
  };
  return (line) => format(JSON.parse(line, harmless));
}

/** `mail 17: as it was printed`, with nothing in it that a terminal would obey. */
function printedText({ job, pid, text }: PrintedLine): string {
  const origin = job === undefined ? `process ${pid}` : `${job.queue} ${job.id}`;
  return `${printable(origin)}: ${printableLines(text)}\n`;
}

class Bar {
  readonly totals = new Totals();
  /** How many jobs wait; NaN: unknown. */
  left: number;
  readonly #terminal: Terminal;
  readonly #bar: SingleBar;
  readonly #rate = new Rate();
  readonly #timer: NodeJS.Timeout;
  /** What is to be written above it at the end of this turn: the bar is drawn anew only once for all of it. */
  #lines = '';
  #isOver = false;

  constructor(title: string, expected: number | undefined, terminal: Terminal) {
    this.left = expected ?? Number.NaN;
    this.#terminal = terminal;
    const format = `${printable(clip(title, MAX_TITLE)).replace(/[{}]/g, '')} {bar} {status}`;
    const options = { stream: terminal, format, gracefulExit: false, clearOnComplete: true };
    this.#bar = new SingleBar(options, Presets.shades_classic);
    this.#timer = setInterval(() => this.draw(), REFRESH_MS).unref();
  }

  /** A stream whose lines come above the bar. */
  above(format: (line: string) => string): DestinationStream {
    return {
      write: (line) => {
        this.#lines += format(line);
        this.#flush();
      },
    };
  }

  /** Writes whole lines above the bar. */
  print(lines: string): void {
    if (this.#lines === '') setImmediate(() => this.#flush());
    this.#lines += lines;
    if (this.#lines.length > MAX_LINES) this.#flush();
  }

  /** When the bar stops, it goes back to the place where it began. */
  #flush(): void {
    if (this.#lines === '') return;
    this.#bar.stop();
    this.#terminal.write(this.#lines);
    this.#lines = '';
    this.draw();
  }

  draw(): void {
    const { jobs } = this.totals;
    if (jobs === 0 || this.#isOver) return;
    const total = jobs + (this.left > 0 ? this.left : 0);
    const payload = { status: this.#status() };
    if (!this.#bar.isActive) this.#bar.start(total, jobs, payload);
    this.#bar.setTotal(total);
    this.#bar.update(jobs, payload);
  }

  end(): void {
    this.#flush();
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#bar.stop();
  }

  #status(): string {
    const { done, failed, rejected, jobs } = this.totals;
    const rate = this.#rate.perSecond(jobs);
    const parts = [
      `${done} done`,
      `${failed + rejected} failed`,
      `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
    ];
    if (this.left >= 0) parts.push(`${this.left} left`);
    if (this.left > 0 && rate > 0) parts.push(span((this.left / rate) * 1000));
    return parts.join(', ');
  }
}
