import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { list, ROOT } from './files.mjs';
import { run } from './run.mjs';

const FOLDER = join(ROOT, 'dashboard');
const SETTINGS = ['tsconfig.json', 'package-lock.json', 'scripts/pages.mjs', 'scripts/dist.mjs'];
/** What is text; not the document, into which the server puts its own path. */
const TEXT = /\.(?:js|css|svg|md)$/;
const compress = promisify(brotliCompress);

/**
 * The pages, as vite makes them. Text is there compressed alone (`.br`): it is a quarter of the package then, and the server
 * makes of it what somebody asks for who cannot read that.
 * @type {import('./dist.mjs').Part}
 */
export const pages = {
  stamp: '.built-pages',
  sources() {
    return [...list(FOLDER), ...SETTINGS.map((file) => join(ROOT, file))];
  },
  files(dist) {
    return list(join(dist, 'dashboard'));
  },
  async build(made) {
    if (!existsSync(FOLDER)) return;
    const manifest = createRequire(import.meta.url).resolve('vite/package.json');
    const vite = join(dirname(manifest), 'bin/vite.js');
    const out = ['--outDir', join(made, 'dashboard'), '--emptyOutDir', '--logLevel', 'warn'];
    await run('vite build', [vite, 'build', FOLDER, ...out], { ...process.env, NODE_ENV: 'production' });
    await Promise.all(list(join(made, 'dashboard'), TEXT).map(replaceByCompressed));
  },
};

/** @param {string} file */
async function replaceByCompressed(file) {
  const content = readFileSync(file);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  writeFileSync(`${file}.br`, await compress(content, { params }));
  rmSync(file);
}
