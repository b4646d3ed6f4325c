import { styleText } from 'node:util';
import { count, visible, visibleJson } from './format.ts';

export interface OutputOptions {
  readonly json: boolean;
  readonly color: boolean;
}

export interface Column<Row> {
  readonly title: string;
  /** As a program reads it. */
  readonly value: (row: Row) => string | number | null;
  /** As people read it, where that is another. */
  readonly shown?: (row: Row) => string;
  readonly isNumber?: true;
  /** It is not shown to people. */
  readonly isForPrograms?: true;
  readonly style?: (row: Row) => Style | undefined;
}
/** A name, its value as programs read it, and as people do where that is another. What is null or '' is left out. */
export type Field = readonly [name: string, value: string | number | null | undefined, shown?: string];
type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

/** Data goes to standard output, words to standard error: tables on a terminal, tab-separated values in a pipe, JSON if asked. */
export class Output {
  readonly #isJson: boolean;
  readonly #hasColor: boolean;
  readonly isTerminal = process.stdout.isTTY === true;

  constructor({ json, color }: OutputOptions) {
    this.#isJson = json;
    this.#hasColor = color && this.isTerminal && !process.env.NO_COLOR;
  }

  /** Something that is one thing: JSON, or names and values. */
  fields(data: object, fields: readonly Field[]): void {
    if (this.#isJson) {
      this.json(data);
      return;
    }
    const present = fields.filter(([, value]) => value !== undefined && value !== null && value !== '');
    const width = Math.max(...present.map(([name]) => name.length));
    for (const [name, value, shown] of present) {
      if (!this.isTerminal) this.line(`${name}\t${visible(String(value))}`);
      else {
        const text = shown ?? (typeof value === 'number' ? count(value) : String(value));
        const [first = '', ...others] = text.split('\n').map(visible);
        this.line(`${this.style('dim', name.padEnd(width))}  ${first}`);
        for (const other of others) this.line(`${' '.repeat(width)}  ${other}`);
      }
    }
  }

  /** Things of one kind, as they come. False when there were none. */
  async rows<Row>(
    rows: AsyncIterable<Row> | Iterable<Row>,
    columns: readonly Column<Row>[],
  ): Promise<boolean> {
    if (this.#isJson) return await this.#jsonLines(rows);
    if (!this.isTerminal) return await this.#tabs(rows, columns);
    const all: Row[] = [];
    for await (const row of rows) all.push(row);
    if (all.length > 0) this.write(`${await this.table(all, columns)}\n`);
    return all.length > 0;
  }

  /** A table for people. */
  async table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Promise<string> {
    const { default: Table } = await import('cli-table3');
    const shown = columns.filter(({ isForPrograms }) => !isForPrograms);
    const table = new Table({
      head: shown.map(({ title }) => this.style('dim', title)),
      colAligns: shown.map(({ isNumber }) => (isNumber ? 'right' : 'left')),
      chars: NO_BORDERS,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    });
    for (const row of rows) table.push(shown.map((column) => this.#cell(row, column)));
    return table.toString();
  }

  json(data: unknown): void {
    if (this.isTerminal) this.line(visibleJson(JSON.stringify(data, undefined, 2)));
    else this.line(JSON.stringify(data));
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  write(text: string | Uint8Array): void {
    process.stdout.write(text);
  }

  /** For people only. */
  say(text: string): void {
    process.stderr.write(`${visible(text)}\n`);
  }

  style(style: Style, text: string): string {
    return this.#hasColor ? styleText(style, text, { validateStream: false }) : text;
  }

  #cell<Row>(row: Row, { value, shown, style }: Column<Row>): string {
    const text = visible(shown === undefined ? String(value(row) ?? '') : shown(row));
    const look = style?.(row);
    return look === undefined ? text : this.style(look, text);
  }

  async #jsonLines(rows: AsyncIterable<unknown> | Iterable<unknown>): Promise<boolean> {
    let isAny = false;
    for await (const row of rows) {
      isAny = true;
      const line = JSON.stringify(row);
      this.line(this.isTerminal ? visibleJson(line) : line);
    }
    return isAny;
  }

  async #tabs<Row>(
    rows: AsyncIterable<Row> | Iterable<Row>,
    columns: readonly Column<Row>[],
  ): Promise<boolean> {
    let isAny = false;
    for await (const row of rows) {
      isAny = true;
      this.line(columns.map(({ value }) => visible(String(value(row) ?? ''))).join('\t'));
    }
    return isAny;
  }
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
