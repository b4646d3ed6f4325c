import { type Signal, signal } from '@preact/signals';
import { cloneElement, type VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';

interface Asked {
  readonly dialog: VNode;
  /** Nobody answers any more. */
  readonly leave: () => void;
}

const asked: Signal<Asked | undefined> = signal(undefined);
let count = 0;

/**
 * Shows a dialog that asks something, and resolves with its answer; with `none` where another question takes its place. The dialog
 * comes with the page that asks: the frame knows only where it appears.
 */
export function askWith<Answer>(
  none: Answer,
  dialog: (answer: (answer: Answer) => void) => VNode,
): Promise<Answer> {
  asked.peek()?.leave();
  return new Promise((resolve) => {
    const answer = (value: Answer) => {
      asked.value = undefined;
      resolve(value);
    };
    asked.value = { dialog: cloneElement(dialog(answer), { key: ++count }), leave: () => answer(none) };
  });
}

/** Where questions appear. Who goes to another page, as with the back button, has answered. */
export function QuestionHost() {
  const { path } = useLocation();
  useEffect(() => () => asked.peek()?.leave(), [path]);
  return asked.value?.dialog ?? null;
}
