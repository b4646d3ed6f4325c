import { signal } from '@preact/signals';

/** Whether the list of all shortcuts is shown. */
export const isHelpOpen = signal(false);

export function openShortcuts(): void {
  isHelpOpen.value = true;
}
