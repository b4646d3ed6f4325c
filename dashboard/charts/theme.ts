import type { Colour } from './chart-data.ts';

/** What a canvas has to be told of the look of the page. */
export interface Theme {
  readonly font: string;
  readonly text: string;
  readonly grid: string;
  readonly surface: string;
  readonly colour: (name: Colour) => string;
}

/** The look of the page as it is now. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const property = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    font: `12px ${property('sans')}`,
    text: property('muted'),
    grid: property('border'),
    surface: property('surface'),
    colour: property,
  };
}

/** Calls when the page has got another look: the user chose one, or the system did. Gives what ends that. */
export function onThemeChange(call: () => void): () => void {
  const chosen = new MutationObserver(call);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', call);
  return () => {
    chosen.disconnect();
    system.removeEventListener('change', call);
  };
}
