import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lostOf } from '../../../server/engine/offline/inspection.ts';
import { readerDisk } from '../../../server/engine/offline/reader-disk.ts';
import { Survey } from '../../../server/engine/offline/survey.ts';
import { memqServer } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const SMALL = ['--segment-size', '64k'];
export const MESSAGES = 300;

/** Data directories that servers have left: one that was stopped, one that was killed, and the former as it was earlier. */
interface Left {
  readonly stopped: string;
  readonly killed: string;
  readonly earlier: string;
}

async function leave(left: Left): Promise<void> {
  const { stopped, killed, earlier } = left;
  for (const dataDir of [stopped, killed]) {
    await using server = await startServer({ args: SMALL, dataDir });
    using client = await TextClient.connect(server.port);
    for (let i = 0; i < 200; i++) await client.set('freed', 'x'.repeat(1000));
    for (let i = 0; i < 200; i++) await client.getText('freed');
    for (let i = 0; i < MESSAGES; i++) {
      if (dataDir === stopped && i === MESSAGES - 5) fs.cpSync(dataDir, earlier, { recursive: true });
      await client.set('q', `${i} `.padEnd(1000, '.'));
    }
    // Some are under way: of these a later record speaks.
    for (let i = 0; i < 20; i++) await client.exchange('gats 600 q\r\n');
    if (dataDir === stopped) await server.stop();
    else await server.kill();
  }
}

/** `root` is a directory of the test's own. */
export const it = test.extend<{ left: Left; root: string }>({
  left: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
    async ({}, use) => {
      const parent = fs.mkdtempSync(join(tmpdir(), 'memq-left-'));
      const [stopped, killed, earlier] = ['stopped', 'killed', 'earlier'].map((name) => join(parent, name));
      const left = { stopped, killed, earlier };
      await leave(left);
      await use(left);
      fs.rmSync(parent, { recursive: true, force: true });
    },
    { scope: 'file' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
  root: async ({}, use) => {
    const root = fs.mkdtempSync(join(tmpdir(), 'memq-lost-'));
    await use(root);
    fs.rmSync(root, { recursive: true, force: true });
  },
});

/** The files of segments, oldest first, without the spares. */
export function segments(directory: string): string[] {
  const bytes = fs.readFileSync(bounds(directory));
  const newest = bytes.readUInt32LE(20);
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.journal') && Number.parseInt(name, 10) <= newest)
    .map((name) => join(directory, name));
}

export const oldest = (directory: string) => segments(directory)[0] as string;
export const middle = (directory: string) => segments(directory)[2] as string;
export const last = (directory: string) => segments(directory).at(-1) as string;
export const bounds = (directory: string) => join(directory, 'bounds');

export const remove = (path: string) => fs.rmSync(path);

/** Does something to a file's content. */
export function edit(path: string, change: (bytes: Buffer) => void): void {
  const bytes = fs.readFileSync(path);
  change(bytes);
  fs.writeFileSync(path, bytes);
}

export function swap(a: string, b: string): void {
  fs.renameSync(a, `${a}.other`);
  fs.renameSync(b, a);
  fs.renameSync(`${a}.other`, b);
}

/** What may become of files, and which one is named then. */
export type Harm = readonly [
  what: string,
  file: (directory: string) => string,
  harm: (path: string, directory: string, left: Left) => void,
];

/** What a start and those who look say of a directory that a server has left, after each harm. */
export function isRefused(how: 'stopped' | 'killed', harms: readonly Harm[]): void {
  describe(`in a directory of a server that was ${how}`, () => {
    it.for(harms)(
      '%s: a start refuses with 74 and the name, and who looks sees it',
      async ([, file, harm], { left, root }) => {
        const directory = join(root, 'data');
        fs.cpSync(left[how], directory, { recursive: true });
        const path = file(directory);
        harm(path, directory, left);
        const { code, stderr } = await memqServer(['-p', '0', '-d', directory]);
        expect({ code, stderr }).toEqual({
          code: 74,
          stderr: expect.stringMatching(
            new RegExp(`^memq-server: ${path} .*"memq-server salvage ${directory}" copies`, 'm'),
          ),
        });
        for (const purpose of ['start', 'all'] as const) {
          const survey = new Survey(readerDisk, directory, purpose);
          // Where everything is read that of the last message is only its body.
          const damaged = [...survey.contents.damage, ...lostOf(survey)].map((place) => place.path);
          expect(damaged).toContain(path);
          survey.close();
        }
      },
    );
  });
}
