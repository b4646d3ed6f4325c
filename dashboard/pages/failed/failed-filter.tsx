import '../../components/filter-bar.css';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { FilterField } from '../../components/filter-field.tsx';
import { QueueChoice } from '../../components/queue-choice.tsx';
import { type FailedAddress, failedHref } from './failed-address.ts';

/** Narrows what is listed, by a text and by a queue. The address has both. */
export function FailedFilter({
  label,
  address,
  children,
}: {
  /** What the text is looked for in. */
  readonly label: string;
  readonly address: FailedAddress;
  readonly children?: ComponentChildren;
}) {
  const { route } = useLocation();
  const go = (change: Partial<FailedAddress>, replace: boolean) =>
    route(failedHref({ ...address, cursor: undefined, ...change }), replace);
  return (
    <div class="filter-bar">
      <FilterField label={label} value={address.q ?? ''} onChange={(q) => go({ q }, true)} />
      <QueueChoice state="failed" chosen={address.queue} onChange={(queue) => go({ queue }, false)} />
      {children}
    </div>
  );
}
