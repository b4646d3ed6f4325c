import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { href } from '../../api/base.ts';
import { later } from '../../components/later.tsx';
import { loadTexts } from '../../language/language.ts';
import { DESTINATIONS } from '../destinations.ts';
import { openPalette } from '../palette/palette-state.ts';
import { SEARCH_ID } from '../top-bar.tsx';
import { isHelpOpen, openShortcuts } from './shortcut-help.ts';
import { listenToKeys } from './shortcuts.ts';

const ShortcutDialog = later(async () => {
  const [code] = await Promise.all([import('./shortcut-dialog.tsx'), loadTexts('palette')]);
  return code.ShortcutDialog;
});

/** The keys of the whole, and the list of them. */
export function Keyboard() {
  const { route } = useLocation();
  const go = useRef(route);
  go.current = route;
  useEffect(() => {
    const letters = DESTINATIONS.flatMap(({ letter }) => letter ?? []);
    return listenToKeys(letters, {
      go: (letter) => {
        const destination = DESTINATIONS.find((each) => each.letter === letter);
        if (destination !== undefined) go.current(href(destination.path));
      },
      search: () => {
        const field = document.getElementById(SEARCH_ID) as HTMLInputElement | null;
        field?.focus();
        field?.select();
      },
      palette: openPalette,
      help: openShortcuts,
    });
  }, []);
  if (!isHelpOpen.value) return null;
  return (
    <ShortcutDialog
      onClose={() => {
        isHelpOpen.value = false;
      }}
    />
  );
}
