import './selection-bar.css';
import type { ComponentChildren } from 'preact';
import { t } from '../language/language.ts';
import { Button } from './button.tsx';
import { CheckBox } from './check-box.tsx';
import { isEmpty, isWholePage } from './selected.ts';
import type { Selection } from './use-selection.ts';

/** Above a table: what of it is selected, and what can be done to that. It is always there, so that nothing moves. */
export function SelectionBar({
  selection,
  listed,
  total,
  children,
  idle,
}: {
  readonly selection: Selection;
  /** The keys of all rows that are shown. */
  readonly listed: readonly string[];
  /** How many match, as far as that is known: who has selected all rows is offered all of these. */
  readonly total?: number | undefined;
  /** What can be done with those that are chosen. */
  readonly children: ComponentChildren;
  /** What stands there while none is. */
  readonly idle?: ComponentChildren;
}) {
  const words = t().common;
  const { keys, all } = selection;
  const isNone = isEmpty(selection);
  const isWhole = isWholePage(selection, listed);
  const hasMore = isWhole && all === undefined && total !== undefined && total > listed.length;
  return (
    <fieldset class="selection-bar" aria-label={words.selection}>
      <CheckBox
        label={words.selectAllShown}
        isChecked={isWhole}
        isSome={!isNone}
        onChange={selection.toggleAll}
      />
      {isNone ? (
        <>
          <span class="muted">{words.selectAllShown}</span>
          <span class="selection-actions">{idle}</span>
        </>
      ) : (
        <>
          <span class="selection-count">
            {all === undefined ? words.selected(keys.size) : words.selectedMatching(all)}
          </span>
          {hasMore && (
            <button type="button" class="link" onClick={() => selection.selectAll(total)}>
              {words.selectMatching(total)}
            </button>
          )}
          <span class="selection-actions">
            {children}
            <Button kind="quiet" icon="x" onClick={selection.clear}>
              {words.clearSelection}
            </Button>
          </span>
        </>
      )}
    </fieldset>
  );
}
