import { computed, effect, signal } from '@preact/signals';
import { stored } from '../preferences/stored.ts';
import { core, type PartName, parts, type TextSource, type Texts } from './en.ts';

export const LANGUAGES = ['en', 'zh-CN'] as const;
/** Each in itself. */
export const LANGUAGE_NAMES = { en: 'English', 'zh-CN': '中文' };
export type Language = (typeof LANGUAGES)[number];
export type { PartName, Texts };

/** The language that the user wants; the browser's, until he says so. */
export const language = stored<Language>('language', LANGUAGES, browserLanguage());

/** Another language is loaded when it is wanted: who reads English never gets the others. */
const LOAD: Readonly<Record<Language, () => Promise<TextSource>>> = {
  en: async () => ({ core, parts }),
  'zh-CN': async () => (await import('./zh-CN.ts')).zhCN,
};

/** The parts that somebody has asked for: another language has to have them, too. */
const needed = new Set<PartName>();
const shown = signal<{ readonly language: Language; readonly texts: Texts }>({
  language: 'en',
  // Each page asks for its part before it is shown.
  texts: core as Texts,
});

/** The texts of the pages; a component that has taken one is rendered again when the language changes. */
export function t(): Texts {
  return shown.value.texts;
}

/** The language in which the pages are: that of their numbers and times, too. */
export const locale = computed(() => shown.value.language);

/** Resolves when the pages may be shown in the language that is wanted. */
export async function loadLanguage(): Promise<void> {
  await tryToShow();
  effect(() => {
    if (language.value !== shown.peek().language) void tryToShow();
  });
}

/** Resolves when the texts of a part are there. Rejects where they cannot be loaded. */
export async function loadTexts(part: PartName): Promise<void> {
  if (needed.has(part) && part in shown.peek().texts) return;
  needed.add(part);
  await show();
}

async function tryToShow(): Promise<void> {
  try {
    await show();
  } catch {
    // The server is away: the language stays as it is.
  }
}

async function show(): Promise<void> {
  const wanted = language.peek();
  const source = await LOAD[wanted]();
  const names = [...needed];
  const loaded = await Promise.all(names.map(async (name) => [name, await source.parts[name]()] as const));
  // Meanwhile somebody has chosen another language, or asked for more.
  if (language.peek() !== wanted || needed.size !== names.length) return show();
  const texts = { ...source.core, ...Object.fromEntries(loaded) } as Texts;
  shown.value = { language: wanted, texts };
  document.documentElement.lang = wanted;
}

function browserLanguage(): Language {
  return /^zh\b/i.test(navigator.language) ? 'zh-CN' : 'en';
}
