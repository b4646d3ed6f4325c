import { inspect } from 'node:util';
import { levels } from 'pino';
import { clip, printable, printableLines } from '../../shared/printable.ts';
import { KeptHint } from './kept-hint.ts';
import { OutputTails } from './output-tails.ts';
import type { JobTrouble, ReportOutput } from './report.ts';
import { Totals } from './totals.ts';
import { fieldsForPeople, meaningOf, troubleBlock } from './trouble-text.ts';

/** How many jobs, and how many other messages, are told of each. */
const MOST = 20;

const MAX_MESSAGE = 4000;

interface CronReportOptions {
  readonly level: string;
  readonly title: string;
  readonly write: (text: string) => void;
  /** Whether the end of what a job printed stands under its error. */
  readonly keepsOutput: boolean;
}

/**
 * Nothing as long as all is well, as cron sends a mail of every output; at the end one block of text about what
 * failed and what could not be done.
 */
export function cronReport({ level, title, write, keepsOutput }: CronReportOptions): ReportOutput {
  const least = Math.max(rank(level), rank('warn'));
  const totals = new Totals();
  const tails = new OutputTails();
  /** Troubles whose jobs' output may still be on its way. */
  const held = new Set<JobTrouble>();
  let troubles = new Sample();
  let messages = new Sample();
  let hint = new KeptHint();
  let isOver = false;

  const print = () => {
    const blocks = [...troubles.blocks(), ...messages.blocks()];
    if (blocks.length === 0) return;
    const heading = totals.jobs > 0 ? [`memq-consume: ${printable(title)}: ${totals}`] : [];
    const last = hint.lines().join('\n');
    write(`${[...heading, ...blocks, ...(last === '' ? [] : [last])].join('\n\n')}\n`);
    troubles = new Sample();
    messages = new Sample();
    hint = new KeptHint();
  };
  const tell = (trouble: JobTrouble) => {
    if (!held.delete(trouble)) return;
    const output = tails.take(trouble);
    if (rank(meaningOf(trouble).level) < least) return;
    troubles.add(() => troubleBlock({ ...trouble, output }));
    hint.add(trouble);
  };
  return {
    counted: (counts) => totals.add(counts),
    trouble: (trouble) => {
      held.add(trouble);
      if (isOver) {
        tell(trouble);
        print();
      } else {
        // It came by another way than the output. After a whole turn of the event loop all has been read that was
        // written before it.
        setImmediate(() => setImmediate(() => tell(trouble)));
      }
    },
    log: (level, fields, text) => {
      if (rank(level) >= least) messages.add(() => messageBlock(level, fields, text));
      if (isOver) print();
    },
    printed: ({ job, text }) => {
      if (keepsOutput && job !== undefined) tails.add(job, text);
    },
    succeeded: (job) => {
      tails.take(job);
    },
    end: () => {
      for (const trouble of held) tell(trouble);
      print();
      isOver = true;
    },
  };
}

/** How grave a level of pino's is; `silent` is beyond all of them. */
function rank(level: string): number {
  return levels.values[level] ?? Number.POSITIVE_INFINITY;
}

/** The first ones, and how many there are. */
class Sample {
  readonly #first: string[] = [];
  #count = 0;

  add(block: () => string): void {
    if (this.#count++ < MOST) this.#first.push(block());
  }

  blocks(): string[] {
    const more = this.#count - this.#first.length;
    return more === 0 ? this.#first : [...this.#first, `and ${more} more`];
  }
}

function messageBlock(level: string, fields: object, text: string): string {
  const { err, ...about }: { err?: unknown } =
    fields instanceof Error ? { err: fields } : fieldsForPeople(fields, text);
  const details = [
    ...Object.entries(about).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? value : inspect(value)}`,
    ),
    ...(err instanceof Error ? [err.stack ?? err.message] : []),
  ];
  const lines = [`memq-consume: ${level}: ${text}`, ...details].map((line) => clip(line, MAX_MESSAGE));
  return printableLines(lines.join('\n')).replaceAll('\n', '\n  ');
}
