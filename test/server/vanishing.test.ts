import fs from 'node:fs';
import { join } from 'node:path';
import { isNoticed, replace, segment } from './vanishing.ts';

isNoticed([
  ['the oldest', (directory) => fs.rmSync(segment(directory, 0))],
  ['all of them', (directory) => fs.rmSync(directory, { recursive: true })],
  ['what is on record of them', (directory) => fs.rmSync(join(directory, 'bounds'))],
  ['the one that is written to, for a copy of it', (directory) => replace(segment(directory, -2))],
  ['a part of one', (directory) => fs.truncateSync(segment(directory, 1), 5000)],
]);
