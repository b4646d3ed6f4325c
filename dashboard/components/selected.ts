/** What is selected of a list: rows by their keys, or all that the filter fits, however many these are. */
export interface Selected {
  readonly keys: ReadonlySet<string>;
  /** How many fit the filter, where all of these are meant. */
  readonly all: number | undefined;
}

export const NOTHING: Selected = { keys: new Set(), all: undefined };

export function isEmpty({ keys, all }: Selected): boolean {
  return keys.size === 0 && all === undefined;
}

export function has({ keys, all }: Selected, key: string): boolean {
  return all !== undefined || keys.has(key);
}

/** With a row, or without it. Who takes one out of all keeps the others that he sees. */
export function toggled(selection: Selected, key: string, shown: readonly string[]): Selected {
  const keys = new Set(selection.all === undefined ? selection.keys : shown);
  if (!keys.delete(key)) keys.add(key);
  return { keys, all: undefined };
}

/** With all rows of the page, or with none. */
export function withPage(shown: readonly string[], isOn: boolean): Selected {
  return isOn ? { keys: new Set(shown), all: undefined } : NOTHING;
}

export function isWholePage(selection: Selected, shown: readonly string[]): boolean {
  return shown.length > 0 && shown.every((key) => has(selection, key));
}

/** Without those that are not shown any more. */
export function amongShown({ keys, all }: Selected, shown: readonly string[]): Selected {
  return { keys: new Set(shown.filter((key) => keys.has(key))), all };
}
