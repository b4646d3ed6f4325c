export const MAIN_ID = 'content';

/** Puts the focus at the beginning of the page, where a browser has it after it has loaded one. */
export function focusMain(): void {
  document.getElementById(MAIN_ID)?.focus({ preventScroll: true });
}

/** Another page has come: the focus is at its beginning, unless the page has put it somewhere in it already. */
export function focusPage(): void {
  if (document.getElementById(MAIN_ID)?.contains(document.activeElement) !== true) focusMain();
}

/** Where what has the focus is about to go: the page has it then, unless something else gets it. */
export function keepFocus(): void {
  setTimeout(() => {
    if (document.activeElement === document.body) focusMain();
  });
}
