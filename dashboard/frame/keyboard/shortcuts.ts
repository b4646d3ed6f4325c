import { createKeybindingsHandler, type KeyBindingMap } from 'tinykeys';

/** What keys do. */
export interface ShortcutHandlers {
  /** To the page with this letter, behind `g`. */
  readonly go: (letter: string) => void;
  readonly search: () => void;
  readonly palette: () => void;
  readonly help: () => void;
}

const APPLE = /Mac|iP(hone|ad|od)/;

/** The key that commands are given with, as this machine's keyboard has it. */
export const PALETTE_KEYS: readonly string[] = APPLE.test(navigator.platform) ? ['⌘', 'K'] : ['Ctrl', 'K'];

/** What keys do on every page, besides leading to another one. Those of a shortcut are held together. */
export const ANYWHERE = {
  palette: PALETTE_KEYS,
  search: ['/'],
  help: ['?'],
  close: ['Esc'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Listens to the keys of the whole window; returns what ends that. */
export function listenToKeys(letters: readonly string[], handlers: ShortcutHandlers): () => void {
  const { go, search, palette, help } = handlers;
  // A key by what it writes, not by its place; on some keyboards that takes the shift key.
  const plain = createKeybindingsHandler({
    ...bindings(['/', 'Shift+/'], search),
    ...bindings(['?', 'Shift+?'], help),
    ...Object.fromEntries(letters.map((letter) => [`g ${letter}`, handled(() => go(letter))])),
  });
  const chords = createKeybindingsHandler({
    ...bindings(['$mod+k'], palette),
    // Where keys write no Latin letters, the place is what counts.
    '$mod+KeyK': (event) => {
      if (event.key.charCodeAt(0) > 0x7f) handled(palette)(event);
    },
  });
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || isDialogOpen()) return;
    chords(event);
    if (!isTypedInto(event.target)) plain(event);
  };
  addEventListener('keydown', listener);
  return () => removeEventListener('keydown', listener);
}

function bindings(keys: readonly string[], run: () => void): KeyBindingMap {
  return Object.fromEntries(keys.map((each) => [each, handled(run)]));
}

function handled(run: () => void) {
  return (event: KeyboardEvent) => {
    event.preventDefault();
    run();
  };
}

function isDialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

const TYPED_INTO =
  'textarea, select, [contenteditable]:not([contenteditable="false"]), input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="range"])';

function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
}
