import fs from 'node:fs';
import {
  bounds,
  edit,
  type Harm,
  isRefused,
  last,
  middle,
  oldest,
  remove,
  segments,
  swap,
} from './left-directories.ts';

const MORE: readonly Harm[] = [
  ['one in the middle is missing', middle, remove],
  [
    'all but the spares are missing',
    oldest,
    (_, directory) => {
      for (const path of segments(directory)) fs.rmSync(path);
    },
  ],
  ['the last one is cut', last, (path) => fs.truncateSync(path, 20_000)],
  ['the last one is empty', last, (path) => fs.truncateSync(path, 0)],
  ['the last one is swapped with another', middle, (path, directory) => swap(path, last(directory))],
  ['what is on record of all is zeros', bounds, (path) => edit(path, (bytes) => bytes.fill(0))],
];

isRefused('killed', MORE);
isRefused('stopped', MORE);
