import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { build, isBuilt } from './dist.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const USAGE = `node scripts/screenshots.mjs [--dark]
node scripts/screenshots.mjs --all DIR [--scene NAME]... [--page NAME]... [--language zh-CN]

Takes the pictures that the documents have, docs/images. With --all it takes all pages at three widths and in both themes.
--seconds N  for how long the scene has been going on by then`;
/** Those of the documents. */
const PICTURES = [
  { name: 'overview', scene: 'busy' },
  { name: 'failed', scene: 'failing' },
  { name: 'message', scene: 'failing', queue: 'reports' },
];
const PICTURE_WIDTH = 1280;
const WIDTHS = [360, 768, 1440];
const HEIGHT = 900;
const THEMES = /** @type {const} */ (['light', 'dark']);
/** The chart of the overview tells of two minutes: what was there from the beginning came before. */
const SECONDS = 150;
const SECONDS_OF_ALL = 15;

const { values } = parseArgs({
  options: {
    all: { type: 'string' },
    scene: { type: 'string', multiple: true, default: ['empty', 'busy', 'failing', 'hostile'] },
    page: { type: 'string', multiple: true },
    language: { type: 'string', default: 'en-US' },
    dark: { type: 'boolean' },
    seconds: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.error(USAGE);
  process.exit();
}
/** @type {typeof import('../test/helpers/scenes/scenes.ts')} */
const { SCENES, stage } = await load('scenes/scenes.ts');
/** @type {typeof import('../test/helpers/scenes/page-paths.ts')} */
const { pagePaths } = await load('scenes/page-paths.ts');
/** @type {typeof import('../test/helpers/browser/view.ts')} */
const { View } = await load('browser/view.ts');
/** @type {typeof import('../test/helpers/browser/chromium.ts')} */
const { launchChromium } = await load('browser/chromium.ts');
if (!isBuilt()) await build();

const browser = await launchChromium();
if (values.all === undefined) await takePictures(join(ROOT, 'docs/images'));
else await takeAll(values.all);
await browser.close();
process.exit();

/** @param {string} folder */
async function takePictures(folder) {
  const [theme, suffix] = values.dark
    ? /** @type {const} */ (['dark', '-dark'])
    : /** @type {const} */ (['light', '']);
  for (const scene of new Set(PICTURES.map((each) => each.scene))) {
    await playing(scene, SECONDS, async (url) => {
      for (const { name, queue } of PICTURES.filter((each) => each.scene === scene)) {
        const path = (await pagePaths(url, queue))[name];
        const file = join(folder, `${name}${suffix}.png`);
        await take(`${url}${path}`, theme, [{ width: PICTURE_WIDTH, file }]);
      }
    });
  }
}

/** @param {string} folder */
async function takeAll(folder) {
  for (const scene of values.scene) {
    await playing(scene, SECONDS_OF_ALL, async (url) => {
      for (const [name, path] of Object.entries(await pagePaths(url))) {
        if (values.page && !values.page.includes(name)) continue;
        for (const theme of THEMES) {
          const files = WIDTHS.map((width) => ({
            width,
            file: join(folder, scene, `${name}-${width}-${theme}.png`),
          }));
          await take(`${url}${path}`, theme, files, true);
        }
      }
    });
  }
}

/**
 * Looks at a scene that has been going on for so long.
 * @param {string} name @param {number} seconds @param {(url: string) => Promise<void>} look
 */
async function playing(name, seconds, look) {
  const scene = SCENES[name];
  if (scene === undefined) throw new Error(`there is no scene "${name}"`);
  const { server, play } = await stage(scene());
  play.run();
  await delay(Number(values.seconds ?? seconds) * 1000);
  await look(server.url);
  await play.stop();
  await server[Symbol.asyncDispose]();
}

/**
 * @param {string} url @param {'light' | 'dark'} theme @param {readonly { width: number, file: string }[]} files
 * @param {boolean} [fullPage]
 */
async function take(url, theme, files, fullPage = false) {
  const language = values.language === 'zh-CN' ? 'zh-CN' : 'en-US';
  const view = await View.open(browser, url, { theme, language, reducedMotion: true });
  for (const { width, file } of files) {
    await view.page.setViewportSize({ width, height: HEIGHT });
    await view.settled();
    mkdirSync(join(file, '..'), { recursive: true });
    await view.page.screenshot({ path: file, fullPage, animations: 'disabled' });
    console.log(file);
  }
  await view.page.context().close();
  for (const problem of view.problems) console.log(`  ${problem}`);
}

/**
 * What is written for tests, which no build has.
 * @param {string} file
 * @returns {Promise<any>}
 */
async function load(file) {
  const path = join(ROOT, 'test/helpers', file);
  return (await runnerImport(path, { root: ROOT, configFile: false })).module;
}
