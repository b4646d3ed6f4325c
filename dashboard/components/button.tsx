import './button.css';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icons.ts';
import { keepFocus } from './main-region.ts';

interface Props {
  readonly children: ComponentChildren;
  readonly icon?: IconName;
  /** What it does: nothing special, the main thing here, or something that cannot be undone. */
  readonly kind?: 'plain' | 'main' | 'danger' | 'quiet';
  /** Why it cannot be used now; it is shown to who tries. */
  readonly refused?: string | undefined;
  /** Where its word is not shown: it is read aloud, and shown to who points at it. */
  readonly isIconOnly?: boolean;
  readonly isBusy?: boolean;
  readonly isSubmit?: boolean;
  readonly onClick?: (event: MouseEvent) => void;
  readonly [aria: `aria-${string}`]: string | boolean | undefined;
}

/** A button with its word. One that is refused can still be reached, so that everybody learns why. */
export function Button({
  children,
  icon,
  kind = 'plain',
  refused,
  isIconOnly = false,
  isBusy = false,
  isSubmit = false,
  onClick,
  ...aria
}: Props) {
  const isOff = refused !== undefined || isBusy;
  const element = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const button = element.current;
    return () => {
      if (document.activeElement === button) keepFocus();
    };
  }, []);
  return (
    <button
      ref={element}
      {...aria}
      type={isSubmit ? 'submit' : 'button'}
      class={`button ${kind}${isIconOnly ? ' icon-only' : ''}`}
      aria-disabled={isOff || undefined}
      title={refused ?? (isIconOnly && typeof children === 'string' ? children : undefined)}
      onClick={(event) => {
        // The second click of a double click is none: what it would do has just been done.
        if (isOff || event.detail > 1) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {isBusy ? <Icon name="loader" isSpinning /> : icon && <Icon name={icon} />}
      <span class={isIconOnly ? 'visually-hidden' : undefined}>{children}</span>
    </button>
  );
}
