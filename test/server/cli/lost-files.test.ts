import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lostOf } from '../../../server/engine/offline/inspection.ts';
import { readerDisk } from '../../../server/engine/offline/reader-disk.ts';
import { Survey } from '../../../server/engine/offline/survey.ts';
import { memqServer } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const SMALL = ['--segment-size', '64k'];
const MESSAGES = 300;

interface Place {
  readonly path: string;
  readonly bytes: number;
  readonly isAll: boolean;
}

/** Data directories that servers have left: one that was stopped, one that was killed, and the former as it was earlier. */
const left = fs.mkdtempSync(join(tmpdir(), 'memq-lost-'));
const STOPPED = join(left, 'stopped');
const KILLED = join(left, 'killed');
const EARLIER = join(left, 'earlier');
let root: string;
let directory: string;

beforeAll(async () => {
  for (const dataDir of [STOPPED, KILLED]) {
    await using server = await startServer({ args: SMALL, dataDir });
    using client = await TextClient.connect(server.port);
    for (let i = 0; i < 200; i++) await client.set('freed', 'x'.repeat(1000));
    for (let i = 0; i < 200; i++) await client.getText('freed');
    for (let i = 0; i < MESSAGES; i++) {
      if (dataDir === STOPPED && i === MESSAGES - 5) fs.cpSync(dataDir, EARLIER, { recursive: true });
      await client.set('q', `${i} `.padEnd(1000, '.'));
    }
    // Some are under way: of these a later record speaks.
    for (let i = 0; i < 20; i++) await client.exchange('gats 600 q\r\n');
    if (dataDir === STOPPED) await server.stop();
    else await server.kill();
  }
});
afterAll(() => fs.rmSync(left, { recursive: true, force: true }));
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'memq-lost-'));
  directory = join(root, 'data');
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

/** The files of segments, oldest first, without the spares. */
function segments(): string[] {
  const bytes = fs.readFileSync(join(directory, 'bounds'));
  const newest = bytes.readUInt32LE(20);
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.journal') && Number.parseInt(name, 10) <= newest)
    .map((name) => join(directory, name));
}

const oldest = () => segments()[0] as string;
const middle = () => segments()[2] as string;
const last = () => segments().at(-1) as string;

/** Does something to a file's content. */
function edit(path: string, change: (bytes: Buffer) => void): void {
  const bytes = fs.readFileSync(path);
  change(bytes);
  fs.writeFileSync(path, bytes);
}

function swap(a: string, b: string): void {
  fs.renameSync(a, `${a}.other`);
  fs.renameSync(b, a);
  fs.renameSync(`${a}.other`, b);
}

function removeAll(): void {
  for (const path of segments()) fs.rmSync(path);
}

type Harm = readonly [what: string, file: () => string, harm: (path: string) => void];

const ALWAYS: readonly Harm[] = [
  ['the oldest segment is missing', oldest, fs.rmSync],
  ['one in the middle is missing', middle, fs.rmSync],
  ['the last one is missing', last, fs.rmSync],
  ['all but the spares are missing', oldest, removeAll],
  ['the last one is cut', last, (path) => fs.truncateSync(path, 20_000)],
  ['one in the middle is cut', middle, (path) => fs.truncateSync(path, 20_000)],
  ['the last one is empty', last, (path) => fs.truncateSync(path, 0)],
  ['the last one is zeros', last, (path) => edit(path, (bytes) => bytes.fill(0))],
  ['two are swapped', oldest, (path) => swap(path, middle())],
  ['the last one is swapped with another', middle, (path) => swap(path, last())],
  ['what is on record of all is missing', () => join(directory, 'bounds'), fs.rmSync],
  [
    'what is on record of all is zeros',
    () => join(directory, 'bounds'),
    (path) => edit(path, (bytes) => bytes.fill(0)),
  ],
];
const STOPPED_ONLY: readonly Harm[] = [
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
    (path) => fs.copyFileSync(path.replace(directory, EARLIER), path),
  ],
];

describe.each([
  ['stopped', STOPPED, [...ALWAYS, ...STOPPED_ONLY]],
  ['killed', KILLED, ALWAYS],
] as const)('in a directory of a server that was %s', (_, source, harms) => {
  it.each(harms)(
    '%s: a start refuses with 74 and the name, and who looks sees it',
    async (_what, file, harm) => {
      fs.cpSync(source, directory, { recursive: true });
      const path = file();
      harm(path);
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

async function salvaged(): Promise<{ damage: Place[]; missing: number; messages: number; text: string }> {
  const target = join(root, 'target');
  const { stdout } = await memqServer(['salvage', directory, target, '--json']);
  const { damage, missing, queues } = JSON.parse(stdout);
  const messages = queues.find(({ name }: { name: string }) => name === 'q')?.messages ?? 0;
  const { stdout: text } = await memqServer(['salvage', directory, join(root, 'other')]);
  return { damage, missing, messages, text };
}

describe('salvage tells what is gone as far as that can be known', () => {
  it('of a segment that another one follows: how many bytes, and of messages those of which later records speak', async () => {
    fs.cpSync(STOPPED, directory, { recursive: true });
    const follower = fs.readFileSync(segments()[1] as string);
    const path = oldest();
    fs.rmSync(path);
    const { damage, missing, messages, text } = await salvaged();
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

  it('of the last one after a clean stop: all that was in it; after a crash: what was there at least', async () => {
    for (const source of [STOPPED, KILLED]) {
      fs.cpSync(source, directory, { recursive: true });
      const path = last();
      fs.rmSync(path);
      const { damage, missing, text } = await salvaged();
      expect(damage).toEqual([expect.objectContaining({ path, what: 'file', isAll: source === STOPPED })]);
      expect(damage[0]?.bytes).toBeGreaterThan(0);
      expect(missing).toBe(0);
      expect(text).toMatch(/^How many messages were stored there only is not known$/m);
      fs.rmSync(root, { recursive: true });
      fs.mkdirSync(root);
    }
  });
});
