import './empty.css';
import type { ComponentChildren } from 'preact';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icons.ts';

/** Where there is nothing: what would be here, and how it gets here. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2 class="empty-title">{title}</h2>
      {children}
    </div>
  );
}
