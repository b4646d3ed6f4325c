import { useState } from 'preact/hooks';
import { amongShown, has, isWholePage, NOTHING, type Selected, toggled, withPage } from './selected.ts';

export interface Selection extends Selected {
  readonly has: (key: string) => boolean;
  readonly toggle: (key: string) => void;
  /** All that are listed, or none where all of them were. */
  readonly toggleAll: () => void;
  /** All that match, of which there are so many, listed or not. */
  readonly selectAll: (total: number) => void;
  readonly clear: () => void;
}

/** Which rows of a list somebody has chosen. What is not in the list any more is not chosen any more. */
export function useSelection(listed: readonly string[]): Selection {
  const [chosen, choose] = useState(NOTHING);
  const selected = amongShown(chosen, listed);
  return {
    ...selected,
    has: (key) => has(selected, key),
    toggle: (key) => choose(toggled(selected, key, listed)),
    toggleAll: () => choose(withPage(listed, !isWholePage(selected, listed))),
    selectAll: (all) => choose({ ...NOTHING, all }),
    clear: () => choose(NOTHING),
  };
}
