import './page.css';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface Props {
  readonly title: string;
  /** Under the title, in words. */
  readonly lead?: ComponentChildren;
  /** Before the title: the way here. */
  readonly trail?: ComponentChildren;
  /** What can be done with all of it. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A page with its title, which the window has as well. */
export function Page({ title, lead, trail, tools, children }: Props) {
  useEffect(() => {
    document.title = `${title} · memq`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div class="page-title">
          {trail !== undefined && <div class="page-trail">{trail}</div>}
          <h1 class="foreign">{title}</h1>
          {lead !== undefined && <div class="muted">{lead}</div>}
        </div>
        {tools !== undefined && <div class="page-tools">{tools}</div>}
      </header>
      <div class="page-body">{children}</div>
    </>
  );
}
