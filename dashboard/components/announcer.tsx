import { signal } from '@preact/signals';

const said = signal('');

/** Says something to those who listen, when they have time. */
export function announce(text: string): void {
  said.value = text;
}

/** The one place of the pages that speaks. */
export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {said.value}
    </div>
  );
}
