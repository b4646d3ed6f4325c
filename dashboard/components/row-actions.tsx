import './row-actions.css';
import type { ComponentChildren } from 'preact';

/** The buttons of a row, in words where there is room for them, else as icons with their words for who points or listens. */
export function RowActions({ children }: { readonly children: ComponentChildren }) {
  return <span class="row-actions">{children}</span>;
}
