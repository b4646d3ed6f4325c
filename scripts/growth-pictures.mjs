import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { draw } from './growth/picture.mjs';
import { PICTURES } from './growth/pictures.mjs';

const FOLDER = fileURLToPath(new URL('../docs/growth', import.meta.url));
const USAGE = `node scripts/growth-pictures.mjs [--data FILE] [--to FOLDER]

Draws the pictures of docs/growth.md from docs/growth/data.json, which npm run growth collects.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join(FOLDER, 'data.json') },
    to: { type: 'string', default: FOLDER },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.error(USAGE);
  process.exit();
}
/** @type {Record<string, import('./growth/pictures.mjs').Series>} */
const data = JSON.parse(readFileSync(values.data, 'utf8'));
mkdirSync(values.to, { recursive: true });
for (const [name, picture] of Object.entries(PICTURES)) {
  const series = data[name];
  if (series !== undefined) writeFileSync(join(values.to, `${name}.svg`), draw(picture(series)));
}
