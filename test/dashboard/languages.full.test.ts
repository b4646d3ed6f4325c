import { expect } from 'vitest';
import { core, parts, type TextSource } from '../../dashboard/language/en.ts';
import { zhCN } from '../../dashboard/language/zh-CN.ts';
import { withBrowser } from '../fixtures/browser.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

/** All texts of a language that do not depend on anything. */
function textsOf(part: object): string[] {
  return Object.values(part).flatMap((value) => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? textsOf(value) : [];
  });
}

/** What a page says, to those who look and to those who listen, but for what is not its own. */
const SAID = `[...document.querySelectorAll('body *')].filter((element) => !element.closest('.foreign, script, noscript'))
  .flatMap((element) => [
    ...['title', 'aria-label', 'placeholder', 'alt'].map((name) => element.getAttribute(name)),
    ...[...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data),
  ])
  .map((text) => text?.trim()).filter(Boolean)`;
/** What no page says on purpose; an error of the scene is about "properties of undefined", which labels of buttons repeat. */
const NONSENSE = /(?<!properties of )undefined|\bNaN\b|\[object |\bInvalid Date\b|=>|\{\d?\}/;

/** The same of a language with all that it loads. */
async function allTextsOf({ core, parts }: TextSource): Promise<string[]> {
  const loaded = await Promise.all(Object.values(parts).map((load) => load()));
  return [core, ...loaded].flatMap(textsOf);
}

/** Texts that only the English pages have. */
async function onlyEnglish(): Promise<Set<string>> {
  const chinese = new Set(await allTextsOf(zhCN));
  return new Set((await allTextsOf({ core, parts })).filter((text) => !chinese.has(text)));
}

withBrowser('all pages speak', (it) => {
  it.for(
    ['empty', 'busy', 'failing'].flatMap((name) => [
      { name, language: 'en-US' as const },
      { name, language: 'zh-CN' as const },
    ]),
  )('$language in the scene $name', async ({ name, language }, { open, stage }) => {
    const english = await onlyEnglish();
    expect(english.size).toBeGreaterThan(100);
    const scene = await stage(SCENES[name]());
    const { url } = scene.server;
    const view = await open(url, { language });
    const wrong: Record<string, string[]> = {};
    for (const path of Object.values(await pagePaths(url))) {
      await view.page.goto(url + path);
      await view.settled();
      const said = await view.page.evaluate<string[]>(SAID);
      expect(said.length).toBeGreaterThan(10);
      const isWrong = (text: string) => NONSENSE.test(text) || (language === 'zh-CN' && english.has(text));
      if (said.some(isWrong)) wrong[path] = said.filter(isWrong);
      const lang = await view.page.locator('html').getAttribute('lang');
      expect(lang).toBe(language === 'zh-CN' ? 'zh-CN' : 'en');
    }
    expect(wrong).toEqual({});
  });
});
