import './tile.css';
import type { ComponentChildren } from 'preact';

/** One figure that matters, with its name, and how it has been lately. */
export function Tile({
  title,
  href,
  tone,
  children,
  chart,
}: {
  readonly title: string;
  readonly href?: string;
  readonly tone?: 'bad' | 'warn' | undefined;
  readonly children: ComponentChildren;
  readonly chart?: ComponentChildren;
}) {
  const content = (
    <>
      <span class="tile-title">{title}</span>
      <span class="tile-figure">{children}</span>
      {chart !== undefined && <span class="tile-chart">{chart}</span>}
    </>
  );
  const look = tone === undefined ? 'tile' : `tile ${tone}`;
  return href === undefined ? (
    <div class={look}>{content}</div>
  ) : (
    <a class={look} href={href}>
      {content}
    </a>
  );
}
