import { expect, it } from 'vitest';
import { steadyRows } from '../../../dashboard/components/steady-rows.ts';

type Row = readonly [key: string, value: number];
const keyOf = ([key]: Row) => key;
const held: Row[] = [
  ['a', 1],
  ['b', 1],
  ['c', 1],
];

it('rows keep their places while somebody points at one, and change in place', () => {
  const rows: Row[] = [
    ['c', 2],
    ['a', 2],
    ['b', 2],
  ];
  expect(steadyRows(held, rows, keyOf, 'b')).toEqual([
    ['a', 2],
    ['b', 1],
    ['c', 2],
  ]);
});

it('what is gone stays until he leaves, and what is new waits for that', () => {
  const rows: Row[] = [
    ['new', 1],
    ['b', 2],
    ['c', 2],
  ];
  expect(steadyRows(held, rows, keyOf, 'c')).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 1],
  ]);
});

it('another page is shown at once', () => {
  const rows: Row[] = [['d', 1]];
  expect(steadyRows(held, rows, keyOf, 'b')).toBe(rows);
  expect(steadyRows(held, [], keyOf, 'b')).toEqual([]);
  expect(steadyRows(held, held, keyOf, 'elsewhere')).toBe(held);
});

it('the one that he does something to is shown as it is now, in its place', () => {
  const rows: Row[] = [
    ['c', 2],
    ['b', 2],
    ['new', 2],
  ];
  expect(steadyRows(held, rows, keyOf, 'b', true)).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ]);
});
