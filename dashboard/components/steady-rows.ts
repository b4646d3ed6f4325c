import { useRef, useState } from 'preact/hooks';

/**
 * Rows that stay where they are while somebody points at one of them: others change in place, that one not before he does
 * something to it, and what has come or gone meanwhile does so when he has left. For the handlers, rows carry `data-key`.
 */
export function useSteadyRows<Row>(rows: readonly Row[], keyOf: (row: Row) => string) {
  const [pointed, setPointed] = useState<string>();
  const held = useRef<readonly Row[]>(rows);
  const shown =
    pointed === undefined ? rows : steadyRows(held.current, rows, keyOf, pointed, isActedOn(pointed));
  held.current = shown;
  const point = ({ target }: Event) => setPointed(keyAt(target as Element));
  const leave = () => setPointed(undefined);
  return { rows: shown, handlers: { onPointerOver: point, onPointerLeave: leave } };
}

/** Whether somebody has pressed a button of a row, and wants to see what becomes of that. */
function isActedOn(key: string): boolean {
  const { activeElement } = document;
  return activeElement instanceof HTMLButtonElement && keyAt(activeElement) === key;
}

function keyAt(element: Element): string | undefined {
  return element.closest<HTMLElement>('tr[data-key]')?.dataset.key;
}

/** The rows in their old order, each as it is now, but those that are gone, and the one that is only pointed at. */
export function steadyRows<Row>(
  held: readonly Row[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  pointed: string,
  mayChange = false,
): readonly Row[] {
  const now = new Map(rows.map((row) => [keyOf(row), row]));
  // Another page, or another filter: nobody can point at what is not there.
  const staying = held.filter((row) => now.has(keyOf(row))).length;
  if (staying * 2 < held.length || !held.some((row) => keyOf(row) === pointed)) return rows;
  return held.map((row) => (keyOf(row) === pointed && !mayChange ? row : (now.get(keyOf(row)) ?? row)));
}
