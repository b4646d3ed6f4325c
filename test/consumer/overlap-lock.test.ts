import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { afterAll, beforeEach, describe, expect } from 'vitest';
import { acquireOverlapLock } from '../../consumer/overlap-lock.ts';
import { ConfigError } from '../../shared/errors.ts';
import { withWorkplace } from '../fixtures/workplace.ts';

const it = withWorkplace();
const root = mkdtempSync(join(tmpdir(), 'memq-overlap-'));
let file: string;
let lock: string;

beforeEach(() => {
  const directory = mkdtempSync(join(root, 'run-'));
  file = join(directory, 'config.ini');
  lock = join(directory, 'memq.lock');
  writeFileSync(file, 'queuename = q\n');
});
afterAll(() => rmSync(root, { recursive: true }));

/** Takes a place; a text says who has them all. */
function take(config: { file?: string; lock?: string; overlap?: number }): { release(): void } | string {
  const taken = acquireOverlapLock({ file, lock: undefined, overlap: 1, ...config });
  return taken.others === undefined ? taken : taken.others;
}

function mustTake(config: Parameters<typeof take>[0]): { release(): void } {
  const taken = take(config);
  if (typeof taken === 'string') throw new Error(taken);
  return taken;
}

/** As it stands in a sentence. */
const SINCE = `since \\d\\d:\\d\\d \\(pid ${process.pid}\\)`;

describe('the places of a configuration', () => {
  it.for([undefined, 'memq.lock'])('are as many as it says, with lock = %s', (name) => {
    const config = { overlap: 2, ...(name && { lock: join(file, '..', name) }) };
    const places = [mustTake(config), mustTake(config)];
    expect(take(config)).toMatch(
      new RegExp(`^2 other runs are at work: ${SINCE}, ${SINCE}; overlap = 2 allows`),
    );
    places[0]?.release();
    const again = mustTake(config);
    expect(take(config)).toContain('2 other runs');
    for (const place of [places[1], again]) place?.release();
    expect(readFileSync(file, 'utf8')).toBe('queuename = q\n');
  });

  it('are also those of a file that cannot be opened for writing', () => {
    // Nobody, not even the superuser, may write the program that is running.
    const place = mustTake({ file: process.execPath });
    expect(take({ file: process.execPath })).toMatch(new RegExp(`^another run is at work ${SINCE}`));
    place.release();
    mustTake({ file: process.execPath }).release();
  });

  it('are shared by configurations that name the same lock', () => {
    const other = join(root, 'other.ini');
    writeFileSync(other, '');
    const place = mustTake({ lock });
    expect(statSync(lock).mode & 0o777).toBe(0o600);
    expect(take({ file: other, lock })).toMatch(new RegExp(`^another run is at work ${SINCE}; overlap = 1`));
    mustTake({ file: other }).release();
    place.release();
    mustTake({ file: other, lock }).release();
  });
});

describe('who is at work', () => {
  it('is never told from what an earlier run has left', () => {
    mustTake({ lock }).release();
    expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^${process.pid} .*Z *\\n$`));
    // Somebody who has not said who it is.
    const descriptor = openSync(lock, 'r+');
    expect(tryLock(descriptor, 0, 1)).toBe(true);
    expect(take({ lock })).toBe('another run is at work; overlap = 1 allows no more');
    closeSync(descriptor);
    mustTake({ lock }).release();
  });

  it('is told with the day when that is another', () => {
    const place = mustTake({ lock });
    const yesterday = `${process.pid} 2020-02-03T12:00:00.000Z`;
    writeFileSync(lock, `${yesterday.padEnd(39)}\n`);
    expect(take({ lock })).toMatch(/^another run is at work since 2020-02-03 \d\d:\d\d \(pid/);
    place.release();
  });
});

describe('a lock', () => {
  it.for([
    ['a worker', 'export default 1;\n'],
    ['a pid file', '4711\n'],
    ['long', '4711 2020-02-03T12:00:00.000Z'.padEnd(39).concat('\n').repeat(1001)],
  ])('that is another file, as %s, is refused and left as it is', ([, text]) => {
    writeFileSync(lock, text as string);
    expect(() => take({ lock })).toThrow(ConfigError);
    expect(() => take({ lock })).toThrow(`${file}: lock: ${lock} is no lock file of memq-consume`);
    expect(readFileSync(lock, 'utf8')).toBe(text);
  });

  it('that is a link is not followed, nor is anything else opened', () => {
    const target = join(root, 'target');
    symlinkSync(target, lock);
    expect(() => take({ lock })).toThrow(`${lock} is a symbolic link: name the file itself`);
    expect(() => take({ lock: root })).toThrow('is a directory (EISDIR)');
    expect(() => take({ lock: '/dev/null' })).toThrow('is no lock file');
    expect(() => take({ lock: join(root, 'none/lock') })).toThrow(`there is no directory ${root}/none`);
    expect(statSync(target, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('memq-consume', () => {
  it('says who is at work, if somebody looks, and ends with 0; one that is to watch with 75', async ({
    workplace,
  }) => {
    await workplace.configure('lock = memq.lock\n');
    await workplace.enqueue("until('go', 'first')", "saveToLocal('second')");
    const run = workplace.start();
    await run.started();
    const text = expect.stringMatching(
      new RegExp(`another run is at work since \\d\\d:\\d\\d \\(pid ${run.pid}\\)`),
    );
    const flags = [[], ['--log-level', 'debug'], ['--watch']];
    expect(await Promise.all(flags.map((each) => workplace.consume(...each)))).toEqual([
      { code: 0, stdout: '', stderr: '' },
      { code: 0, stdout: '', stderr: text },
      { code: 75, stdout: '', stderr: text },
    ]);
    await workplace.touch('go');
    expect((await run.ended).code).toBe(0);
    expect(await workplace.logged()).toEqual(['first', 'second']);
  });

  it('says so to a person at a terminal', async ({ workplace }) => {
    await workplace.enqueue("until('go', 'x')");
    const run = workplace.start();
    await run.started();
    const words = [process.execPath, join(import.meta.dirname, '../../dist/consumer/main.js')];
    const terminal = spawnSync('script', ['-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'], {
      cwd: workplace.directory,
      encoding: 'utf8',
    });
    if (terminal.error !== undefined) return console.warn('no pseudo terminal: script not installed');
    expect(terminal.status).toBe(0);
    expect(terminal.stdout).toMatch(
      new RegExp(`another run is at work since \\d\\d:\\d\\d \\(pid ${run.pid}\\)`),
    );
  });

  it('does not take a run that was killed for one that is at work', async ({ workplace }) => {
    await workplace.configure('lock = memq.lock\nlease = 1\n');
    await workplace.enqueue("until('go', 'first')");
    const run = workplace.start();
    await run.started();
    run.kill('SIGKILL');
    await run.ended;
    await workplace.comesBack();
    await workplace.touch('go');
    expect(await workplace.consume()).toMatchObject({ code: 0, stderr: '' });
    expect(await workplace.logged()).toEqual(['first']);
  });
});
