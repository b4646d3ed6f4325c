import './table.css';
import type { ComponentChildren } from 'preact';
import { Icon } from '../icons/icon.tsx';
import { useSteadyRows } from './steady-rows.ts';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Where what is in it says enough: the title is for those who listen. */
  readonly isTitleHidden?: boolean;
  /** As CSS has it. One column without a width takes what is left. Columns never move with what is in them. */
  readonly width?: string;
  /** Below 720 pixels, where that is another one. */
  readonly narrowWidth?: string;
  /** Figures stand at the end. */
  readonly isFigure?: boolean;
  /** Where there is little room, it goes: below 1100, or below 720 pixels. */
  readonly from?: 'wide' | 'medium';
  /** Where a click on the title leads: the same page in this order. */
  readonly sortHref?: string | undefined;
  readonly isSorted?: 'ascending' | 'descending' | undefined;
  readonly render: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  /** What it is, for those who listen. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly isBusy?: boolean;
  /** Of rows that look otherwise: `bad`, `quiet`. */
  readonly toneOf?: (row: Row) => string | undefined;
}

/** A real table with columns of a fixed width. While somebody points at it, no row moves, nor does the one change that he points at and does nothing to. */
export function Table<Row>({ caption, columns, rows, keyOf, isBusy = false, toneOf }: Props<Row>) {
  const steady = useSteadyRows(rows, keyOf);
  const keys = new Set(rows.map(keyOf));
  return (
    <div class="table-frame">
      <table class="table" aria-busy={isBusy} {...steady.handlers}>
        <caption class="visually-hidden">{caption}</caption>
        <colgroup>
          {columns.map(({ key, width = 'auto', narrowWidth = width, from }) => (
            <col key={key} class={from} style={{ '--width': width, '--narrow-width': narrowWidth }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map(({ key, title, isTitleHidden, isFigure, from, sortHref, isSorted }) => (
              <th key={key} scope="col" class={classes(isFigure && 'figure', from)} aria-sort={isSorted}>
                {sortHref === undefined ? (
                  <span class={isTitleHidden ? 'visually-hidden' : undefined}>{title}</span>
                ) : (
                  <a href={sortHref}>
                    {title}
                    {isSorted !== undefined && <Icon name="chevronDown" />}
                  </a>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steady.rows.map((row) => {
            const key = keyOf(row);
            return (
              <tr key={key} data-key={key} class={classes(toneOf?.(row), !keys.has(key) && 'gone')}>
                {columns.map(({ key: column, isFigure, from, render }) => (
                  <td key={column} class={classes(isFigure && 'figure', from)}>
                    {render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function classes(...names: (string | false | undefined)[]): string | undefined {
  const text = names.filter(Boolean).join(' ');
  return text === '' ? undefined : text;
}
