import { effect, type Signal, signal } from '@preact/signals';

/** A choice of the user that this browser keeps, where it keeps anything. Other tabs follow. */
export function stored<T extends string>(name: string, values: readonly T[], initial: T): Signal<T> {
  const key = `memq:${name}`;
  const known = (text: string | null): T => values.find((value) => value === text) ?? initial;
  const choice = signal<T>(known(recall(key)));
  addEventListener('storage', (event) => {
    if (event.key === key) choice.value = known(event.newValue);
  });
  let isFirst = true;
  effect(() => {
    const { value } = choice;
    if (!isFirst) keep(key, value);
    isFirst = false;
  });
  return choice;
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It holds for this tab then.
  }
}
