import './badge.css';
import type { ComponentChildren } from 'preact';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icons.ts';

export type Tone = 'plain' | 'info' | 'violet' | 'ok' | 'warn' | 'bad';

/** A word with its icon, and a colour for those who see one. */
export function Badge({
  icon,
  tone,
  children,
}: {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}
