import { effect } from '@preact/signals';
import { stored } from './stored.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export const TIME_ZONES = ['local', 'utc'] as const;

/** How the pages look, and how they tell times. */
export const theme = stored('theme', THEMES, 'system');
export const timeZone = stored('time', TIME_ZONES, 'local');

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', theme.value);
});
