import './tabs.css';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Count } from './figures.tsx';

export interface Tab {
  readonly key: string;
  readonly title: string;
  readonly href: string;
  /** Null: it is not known yet, and takes its room. */
  readonly count?: number | null | undefined;
}

/** Links to parts of a page, of which one is shown; each has an address of its own. */
export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  const nav = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // Where they have too little room, the one that is shown is in sight.
    const bar = nav.current as HTMLElement;
    const link = bar.querySelector<HTMLElement>('[aria-current]');
    if (link !== null) bar.scrollLeft = link.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
  }, [current]);
  return (
    <nav ref={nav} class="tabs" aria-label={label}>
      {tabs.map(({ key, title, href, count }) => (
        <a key={key} href={href} aria-current={key === current ? 'page' : undefined}>
          {title}
          {count !== undefined && (
            <span class="tab-count">{count === null ? '\u00a0' : <Count of={count} />}</span>
          )}
        </a>
      ))}
    </nav>
  );
}
