import { beforeEach, describe, expect, it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { BodyCache } from '../../../../../server/engine/log/local/body-cache.ts';

const SIZE = 1024;
let cache: BodyCache;
let next: number;

beforeEach(() => {
  cache = new BodyCache(3 * SIZE);
  next = 0;
});

/** Puts another block in; where it begins. */
function add({ pinned = false } = {}): number {
  const block = new Block(1, next, SIZE);
  block.used = SIZE;
  block.pinned = pinned;
  cache.add(block);
  next += SIZE;
  return block.start;
}

function has(start: number): boolean {
  return cache.blocksOf(1).some((block) => block.start === start);
}

describe('the cache of bodies', () => {
  it('keeps to its budget, and lets those go first that came first', () => {
    const blocks = Array.from({ length: 5 }, () => add());
    expect(cache.bytes).toBe(3 * SIZE);
    expect(blocks.map(has)).toEqual([false, false, true, true, true]);
  });

  it('keeps what is read again and again, as long as that goes on', () => {
    const read = add();
    for (let i = 0; i < 20; i++) {
      expect(cache.find(1, read + 8, 8)).toBeDefined();
      add();
    }
    for (let i = 0; i < 6; i++) add();
    expect(has(read)).toBe(false);
  });

  it('goes over its budget for what is not on the disk yet, and back with the next one', () => {
    const blocks = Array.from({ length: 5 }, () => add({ pinned: true }));
    expect(cache.bytes).toBe(5 * SIZE);
    for (const block of cache.blocksOf(1)) block.pinned = false;
    add();
    expect(cache.bytes).toBe(3 * SIZE);
    expect(blocks.map(has)).toEqual([false, false, false, true, true]);
  });
});
