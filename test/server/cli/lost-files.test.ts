import fs from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { memqServer } from '../../helpers/command.ts';
import {
  bounds,
  edit,
  type Harm,
  isRefused,
  it,
  last,
  MESSAGES,
  middle,
  oldest,
  remove,
  segments,
  swap,
} from './left-directories.ts';

interface Place {
  readonly path: string;
  readonly bytes: number;
  readonly isAll: boolean;
}

const ALWAYS: readonly Harm[] = [
  ['the oldest segment is missing', oldest, remove],
  ['the last one is missing', last, remove],
  ['one in the middle is cut', middle, (path) => fs.truncateSync(path, 20_000)],
  ['the last one is zeros', last, (path) => edit(path, (bytes) => bytes.fill(0))],
  ['two are swapped', oldest, (path, directory) => swap(path, middle(directory))],
  ['what is on record of all is missing', bounds, remove],
];

isRefused('killed', ALWAYS);
isRefused('stopped', [
  ...ALWAYS,
  ['the last one is zeros in part', last, (path) => edit(path, (bytes) => bytes.fill(0, 3000, 4000))],
  [
    'a bit of the last message is flipped',
    last,
    (path) =>
      edit(path, (bytes) => {
        bytes[bytes.lastIndexOf(`${MESSAGES - 1} ...`) + 500] ^= 1;
      }),
  ],
  [
    'the last one is as it was earlier',
    last,
    (path, _, { earlier }) => fs.copyFileSync(join(earlier, basename(path)), path),
  ],
]);

/** What is salvaged of `data` in this directory. */
async function salvaged(
  root: string,
): Promise<{ damage: Place[]; missing: number; messages: number; text: string }> {
  const directory = join(root, 'data');
  const target = join(root, 'target');
  const { stdout } = await memqServer(['salvage', directory, target, '--json']);
  const { damage, missing, queues } = JSON.parse(stdout);
  const messages = queues.find(({ name }: { name: string }) => name === 'q')?.messages ?? 0;
  const { stdout: text } = await memqServer(['salvage', directory, join(root, 'other')]);
  return { damage, missing, messages, text };
}

describe('salvage tells what is gone as far as that can be known', () => {
  it('of a segment that another one follows: how many bytes, and of messages those of which later records speak', async ({
    left,
    root,
  }) => {
    const directory = join(root, 'data');
    fs.cpSync(left.stopped, directory, { recursive: true });
    const follower = fs.readFileSync(segments(directory)[1] as string);
    const path = oldest(directory);
    fs.rmSync(path);
    const { damage, missing, messages, text } = await salvaged(root);
    expect(damage).toEqual([
      expect.objectContaining({ path, what: 'file', bytes: follower.readUInt32LE(24) - 48, isAll: true }),
    ]);
    expect(messages).toBeGreaterThan(100);
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThanOrEqual(Math.min(20, MESSAGES - messages));
    expect(text).toMatch(/is missing, with \d+\.\d KiB of records$/m);
    expect(text).toMatch(
      new RegExp(`^At least ${missing} messages stored there are lost; how many more is not known$`, 'm'),
    );
  });

  it('of the last one after a clean stop: all that was in it; after a crash: what was there at least', async ({
    left,
    root,
  }) => {
    for (const source of [left.stopped, left.killed]) {
      const place = fs.mkdtempSync(join(root, 'of-'));
      const directory = join(place, 'data');
      fs.cpSync(source, directory, { recursive: true });
      const path = last(directory);
      fs.rmSync(path);
      const { damage, missing, text } = await salvaged(place);
      expect(damage).toEqual([
        expect.objectContaining({ path, what: 'file', isAll: source === left.stopped }),
      ]);
      expect(damage[0]?.bytes).toBeGreaterThan(0);
      expect(missing).toBe(0);
      expect(text).toMatch(/^How many messages were stored there only is not known$/m);
    }
  });
});
