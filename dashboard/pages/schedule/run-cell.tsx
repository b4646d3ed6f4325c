import { Icon } from '../../icons/icon.tsx';
import type { endOf } from './run-order.ts';

/** A run as a cell: how it ended is told by its shape as well as by its colour. */
export function RunCell({ end }: { readonly end: ReturnType<typeof endOf> }) {
  return (
    <span class={`run-cell ${end}`} aria-hidden="true">
      {end === 'failed' && <Icon name="x" />}
    </span>
  );
}
