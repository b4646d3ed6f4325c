import { later } from '../../components/later.tsx';
import { loadTexts } from '../../language/language.ts';
import { isPaletteOpen } from './palette-state.ts';

const Palette = later(async () => {
  const [code] = await Promise.all([import('./palette.tsx'), loadTexts('palette')]);
  return code.Palette;
});

/** Where the palette appears. */
export function PaletteHost() {
  return isPaletteOpen.value ? <Palette /> : null;
}
