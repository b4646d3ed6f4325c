import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A fenced block of a page, as ```` ```console ````. */
export interface Block {
  /** The text of the nearest heading above it, without its marks. */
  readonly heading: string;
  /** The word behind the fence; empty where there is none. */
  readonly language: string;
  /** What is inside, each line with its end. */
  readonly text: string;
  /** Of the opening fence, from 1 on. */
  readonly line: number;
}

/** The whole text of a page, `docs/protocol.md`. */
export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** All fenced blocks of a page, in their order; also those that stand in a list. */
export function readBlocks(page: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { indent: string; language: string; line: number; lines: string[] } | undefined;
  for (const [i, line] of readPage(page).split('\n').entries()) {
    const fence = /^( *)```(\w*)/.exec(line);
    if (open !== undefined) {
      if (fence?.[2] === '') {
        blocks.push({
          heading,
          language: open.language,
          text: open.lines.map((line) => `${line}\n`).join(''),
          line: open.line,
        });
        open = undefined;
      } else open.lines.push(line.slice(open.indent.length));
    } else if (fence !== null) open = { indent: fence[1]!, language: fence[2]!, line: i + 1, lines: [] };
    else if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '');
  }
  return blocks;
}
