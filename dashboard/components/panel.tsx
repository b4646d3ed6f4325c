import './panel.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  readonly title: string;
  /** Beside the title: what can be done here, or where there is more. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
  /** Without a space around what is in it: a table has its own. */
  readonly isFlush?: boolean;
}

/** A part of a page with a title of its own. */
export function Panel({ title, tools, children, isFlush = false }: Props) {
  const id = useId();
  return (
    <section class={isFlush ? 'panel flush' : 'panel'} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {tools !== undefined && <div class="panel-tools">{tools}</div>}
      </header>
      <div class="panel-body">{children}</div>
    </section>
  );
}
