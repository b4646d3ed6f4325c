const LINK = '.result-link';

/** Puts the focus on a result; false where there is none. */
export function focusResult(place: number): boolean {
  const link = document.querySelectorAll<HTMLElement>(LINK).item(place);
  link?.focus();
  return link !== null;
}

/** Moves the focus from one result to the next; from the first one up to the field. */
export function moveFocus(event: KeyboardEvent, toField: () => void): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const place = [...document.querySelectorAll(LINK)].indexOf(document.activeElement as Element);
  if (place < 0) return;
  event.preventDefault();
  if (place + step < 0) toField();
  else focusResult(place + step);
}
