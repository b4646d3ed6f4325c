import { inspect } from 'node:util';
import { levels } from 'pino';
import { clip, printable, printableLines } from '../../shared/printable.ts';
import type { ReportOutput } from './report.ts';
import { Totals } from './totals.ts';
import { fieldsForPeople, MEANING, troubleBlock } from './trouble-text.ts';

/** How many jobs, and how many other messages, are told of each. */
const MOST = 20;

const MAX_MESSAGE = 4000;

const HINT =
  'Failed and killed jobs are tried again, until their last attempt; the server keeps these and refused ones ' +
  '(get <queue>/failed/peek).';

/**
 * Nothing as long as all is well, as cron sends a mail of every output; at the end one block of text about what
 * failed and what could not be done.
 */
export function cronReport(level: string, title: string, write: (text: string) => void): ReportOutput {
  const least = Math.max(rank(level), rank('warn'));
  const totals = new Totals();
  let troubles = new Sample();
  let messages = new Sample();
  const print = () => {
    const blocks = [...troubles.blocks(), ...messages.blocks()];
    if (blocks.length === 0) return;
    const heading = totals.jobs > 0 ? [`memq-consume: ${printable(title)}: ${totals}`] : [];
    const hint = troubles.count > 0 ? [HINT] : [];
    write(`${[...heading, ...blocks, ...hint].join('\n\n')}\n`);
    troubles = new Sample();
    messages = new Sample();
  };
  let isOver = false;
  return {
    counted: (counts) => totals.add(counts),
    trouble: (trouble) => {
      if (rank(MEANING[trouble.kind].level) >= least) troubles.add(() => troubleBlock(trouble));
      if (isOver) print();
    },
    log: (level, fields, text) => {
      if (rank(level) >= least) messages.add(() => messageBlock(level, fields, text));
      if (isOver) print();
    },
    end: () => {
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
  count = 0;

  add(block: () => string): void {
    if (this.count++ < MOST) this.#first.push(block());
  }

  blocks(): string[] {
    const more = this.count - this.#first.length;
    return more === 0 ? this.#first : [...this.#first, `and ${more} more`];
  }
}

function messageBlock(level: string, fields: object, text: string): string {
  const { err, ...about }: { err?: unknown } =
    fields instanceof Error ? { err: fields } : fieldsForPeople(fields);
  const details = [
    ...Object.entries(about).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? value : inspect(value)}`,
    ),
    ...(err instanceof Error ? [err.stack ?? err.message] : []),
  ];
  const lines = [`memq-consume: ${level}: ${text}`, ...details].map((line) => clip(line, MAX_MESSAGE));
  return printableLines(lines.join('\n')).replaceAll('\n', '\n  ');
}
