import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Names of functions and classes stay, so that an error tells where it was thrown. All else that only people read goes: a tenth of the package. */
const MINIFY = {
  compress: true,
  mangle: { keepNames: { function: true, class: true } },
  codegen: { removeWhitespace: true },
};

/**
 * Makes few files of a folder's `main.js` and of all that it imports, but packages: Node.js takes as long to find and open
 * two hundred small ones as it takes for all else until the server listens.
 * @param {string} folder
 */
export async function bundle(folder) {
  const found = await rolldown({ cwd: folder, input: './main.js', platform: 'node', external: /^[^./]/ });
  const { output } = await found.generate({ format: 'esm', chunkFileNames: '[name].js', minify: MINIFY });
  await found.close();
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  for (const chunk of output)
    if (chunk.type === 'chunk') writeFileSync(join(folder, chunk.fileName), chunk.code);
}
