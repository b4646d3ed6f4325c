import './dialog.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../language/language.ts';
import { Button } from './button.tsx';

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
  readonly isWide?: boolean;
}

/** A dialog above all else: the focus stays in it, Escape closes it, and whoever opened it has the focus again. */
export function Dialog({ title, children, onClose, isWide = false }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current as HTMLDialogElement;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={isWide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={id} class="foreign">
          {title}
        </h2>
        <Button kind="quiet" icon="x" isIconOnly onClick={onClose}>
          {t().common.close}
        </Button>
      </header>
      {children}
    </dialog>
  );
}
