import fs from 'node:fs';
import { isNoticed, replace, segment } from './vanishing.ts';

isNoticed([
  ['the newest', (directory) => fs.rmSync(segment(directory, -1))],
  [
    'one that has another name',
    (directory) => fs.renameSync(segment(directory, 1), `${segment(directory, 1)}.away`),
  ],
  ['the oldest, for a copy of it', (directory) => replace(segment(directory, 0))],
]);
