import { styleText } from 'node:util';
import {
  type Bar,
  isBlurred,
  isHeldBack,
  isReached,
  isSound,
  isUnsteady,
  type Row,
  type ScenarioResult,
} from './result.ts';
import { MOST_SPREAD, spread } from './statistics.ts';

interface Column {
  title(result: ScenarioResult): string;
  cell(row: Row, result: ScenarioResult): string;
}

const columns: Column[] = [
  { title: (result) => commonUnit(result) ?? '', cell: (row, result) => figure(row, result) },
  { title: () => 'spread', cell: (row) => (row.figures.length > 1 ? share(spread(row.figures)) : '') },
  { title: () => 'memq is', cell: (row) => (row.ratio === undefined ? '' : factor(row.ratio)) },
  { title: () => 'p50 ms', cell: (row) => milliseconds(row.latency?.p50) },
  { title: () => 'p99 ms', cell: (row) => milliseconds(row.latency?.p99) },
  { title: () => 'p99.9 ms', cell: (row) => milliseconds(row.latency?.p999) },
  {
    title: () => 'server µs/op',
    cell: (row) => (row.serverMicros === undefined ? '' : number(row.serverMicros)),
  },
  { title: () => 'generator', cell: (row) => (row.busy === undefined ? '' : `${share(row.busy)} cpu`) },
  { title: () => 'own lag ms', cell: (row) => milliseconds(row.lag) },
  { title: () => 'misses', cell: (row) => count(row.misses) },
  { title: () => 'wrong', cell: (row) => count(row.wrong) },
];

/** A result as lines of text for a terminal. */
export function formatResult(result: ScenarioResult): string {
  const lines = [styleText('bold', `${result.name}: ${result.load}`), ...table(result)];
  for (const note of result.notes ?? []) lines.push(`  ${note}`);
  for (const peer of result.absent) lines.push(`  ${peer}: not installed here, left out`);
  for (const row of result.rows.filter(isHeldBack)) {
    lines.push(
      `  ${row.subject}: the load generator took ${share(row.busy ?? 0)} of a core, so the server may be faster than this`,
    );
  }
  for (const row of result.rows.filter(isBlurred)) {
    lines.push(`  ${row.subject}: who measured was late itself, so the server may be faster than this`);
  }
  const unsteady = result.rows.filter(isUnsteady);
  if (unsteady.length > 0) lines.push(`  ${notQuiet(unsteady)}`);
  for (const bar of result.bars) {
    lines.push(formatBar(bar) + (unsteady.length > 0 ? ', on unsteady rounds' : ''));
  }
  if (!isSound(result)) lines.push(styleText('red', '  some answers were wrong: the figures mean nothing'));
  return lines.join('\n');
}

/** `unsteady`: at least one. */
function notQuiet(unsteady: Row[]): string {
  const [{ subject, figures }] = unsteady.toSorted((a, b) => spread(b.figures) - spread(a.figures));
  const differ = `${figures.length} measurements differ by ${share(spread(figures))}, more than ${share(MOST_SPREAD)}`;
  return `this machine is not quiet: ${subject}: ${differ}`;
}

function table(result: ScenarioResult): string[] {
  const head = ['', ...columns.map((column) => column.title(result))];
  const body = result.rows.map((row) => [row.subject, ...columns.map((column) => column.cell(row, result))]);
  const filled = head.map((_, i) => i === 0 || body.some((cells) => cells[i] !== ''));
  const grid = [head, ...body].map((cells) => cells.filter((_, i) => filled[i]));
  const widths = grid[0].map((_, i) => Math.max(...grid.map((cells) => cells[i].length)));
  return grid.map((cells) => {
    const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    return `  ${padded.join('  ')}`;
  });
}

function formatBar(bar: Bar): string {
  const amount = (value: number) =>
    bar.against === undefined ? `${number(value)} ${bar.unit}` : factor(value);
  const limit = 'least' in bar ? amount(bar.least) : `at most ${amount(bar.most)}`;
  const name = [bar.of, limit, bar.against].filter((part) => part !== undefined).join(' ');
  const verdict = isReached(bar) ? styleText('green', 'reached') : styleText('red', 'NOT reached:');
  const aim =
    !('least' in bar) || bar.aim === undefined
      ? ''
      : ` (aim ${amount(bar.aim)}: ${bar.reached >= bar.aim ? 'reached' : 'NOT reached'})`;
  return `  bar ${name}: ${verdict} ${amount(bar.reached)}${aim}`;
}

/** The unit of all rows, if they have but one. */
function commonUnit({ rows }: ScenarioResult): string | undefined {
  const unit = rows[0]?.unit;
  return rows.every((row) => row.unit === unit) ? unit : undefined;
}

function figure(row: Row, result: ScenarioResult): string {
  const text = number(row.figure);
  return commonUnit(result) === undefined ? `${text} ${row.unit}` : text;
}

/** Three digits, and all that stand before the decimal point. */
function number(value: number): string {
  return Math.abs(value) >= 100 ? count(value) : String(Number(value.toPrecision(3)));
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function factor(value: number): string {
  return `${value.toFixed(2)}x`;
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(3);
}

function share(value: number): string {
  return `${Math.round(value * 100)} %`;
}
