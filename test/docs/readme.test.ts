import { describe, expect, it } from 'vitest';
import { type Block, readBlocks, readPage } from '../helpers/pages.ts';
import { Newcomer } from './newcomer.ts';
import { asShown, readSteps, seenOnTerminal } from './shown.ts';

const PAGES = ['README.md', 'README.zh-CN.md'];

describe.each(PAGES)('%s', (page) => {
  it('has at most 8 KiB', () => {
    expect(Buffer.byteLength(readPage(page))).toBeLessThanOrEqual(8192);
  });

  it('links the other one, from its top', () => {
    const [other] = PAGES.filter((each) => each !== page);
    expect(readPage(page).split('\n', 3).join('\n')).toContain(`](${other})`);
  });
});

describe('the two', () => {
  it('have the same code', () => {
    const [ours, theirs] = PAGES.map((page) => readBlocks(page).map(withoutComments));
    expect(ours!.length).toBeGreaterThan(10);
    expect(theirs).toEqual(ours);
  });

  it('speak of the same code in their sentences', () => {
    const [ours, theirs] = PAGES.map((page) => namesIn(page));
    expect(theirs).toEqual(ours);
  });

  it('link the same pages', () => {
    const [ours, theirs] = PAGES.map((page) => linksOf(page).filter((link) => !PAGES.includes(link)));
    expect(ours!.length).toBeGreaterThan(10);
    expect(theirs).toEqual(ours);
  });

  it('give the same figures', () => {
    const [ours, theirs] = PAGES.map((page) => readPage(page).match(/\d[\d,.]*( ms|\/s| s| MB)/g));
    expect(theirs).toEqual(ours);
  });
});

describe('the five minutes', () => {
  it('are as the page says, in their order', async () => {
    const newcomer = new Newcomer();
    const blocks = readBlocks('README.md').filter(({ heading }) => heading === 'Five minutes');
    const [install, start, ...steps] = blocks;
    // What npm does with a clone is a matter of test/package.
    expect(readSteps(install!).map(({ command }) => command)).toEqual([
      'npm init -y',
      expect.stringMatching('^npm install '),
    ]);
    const server = await newcomer.start(readSteps(start!)[0]!);
    const files = steps.filter(({ language, text }) => language === 'js' || text.startsWith('; config.ini'));
    for (const file of files) newcomer.writeBlock(file);
    const [run, fromNode, fails, watch, ...others] = steps.filter(({ language }) => language === 'console');
    for (const block of [run!, fromNode!, fails!])
      for (const step of readSteps(block)) await newcomer.run(step);
    // What was tried again waits, and fails once more.
    const daemon = await newcomer.start(readSteps(watch!)[0]!);
    expect(await daemon.stop('SIGINT')).toContain('stopped');
    expect(others).toEqual([]);
    expect(newcomer.read('worker.log')).toBe("hi\nit's Node'); evil()\n");
    expect(await server.stop('SIGINT')).toContain('stopped');
  });
});

describe('the crontab', () => {
  it('calls what npm installs', () => {
    const [crontab] = readBlocks('README.md').filter(({ language }) => language === 'crontab');
    const [, program] = / && (\S+)\n$/.exec(crontab!.text)!;
    const { bin } = JSON.parse(readPage('package.json')) as { bin: Record<string, string> };
    expect(Object.keys(bin).map((name) => `node_modules/.bin/${name}`)).toContain(program);
  });
});

describe('this test', () => {
  it('sees what a terminal shows, and where a page says something else', () => {
    const seen = seenOnTerminal(
      '\x1b7bar 10 %\x1b8\x1b[1G\x1b[2K[15:44:35] \x1b[32mINFO\x1b[39m: 2 done in 3.5 s\r\n',
    );
    expect(seen).toBe('[15:44:35] INFO: 2 done in 3.5 s\n');
    expect(seen).toMatch(asShown('[12:00:00] INFO: 2 done in 418 s\n'));
    expect(seen).not.toMatch(asShown('[12:00:00] INFO: 1 done in 418 s\n'));
    expect(`first\nsecond\n${seen}`).toMatch(asShown('...\n[12:00:00] INFO: ...\n'));
    expect(`first\n${seen}`).not.toMatch(asShown('[12:00:00] INFO: ...\n'));
    expect(seen).not.toMatch(asShown(''));
  });
});

/** Comments may be translated, but for those that name a file. */
function withoutComments({ language, text }: Block): string {
  return `${language}\n${text.replace(/(^|[ \t]+)(\/\/|#|;) (?![\w.]+$).*$/gm, '')}`;
}

/** Code within sentences, each once. */
function namesIn(page: string): string[] {
  const text = readPage(page).replace(/^```.*?^```$/gms, '');
  return [...new Set([...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))].sort();
}

function linksOf(page: string): string[] {
  return [...readPage(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link!);
}
