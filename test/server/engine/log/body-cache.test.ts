import { beforeEach, describe, expect, it } from 'vitest';
import { BodyCache } from '../../../../server/engine/log/body-cache.ts';
import { Block } from '../../../../server/engine/log/codec/block.ts';

const SIZE = 1024;
let cache: BodyCache;
let next: number;
let added: Block[];

beforeEach(() => {
  cache = new BodyCache(3 * SIZE);
  next = 0;
  added = [];
});

/** Puts another block in; where it begins. */
function add({ pinned = false } = {}): number {
  const block = new Block(next, SIZE);
  block.used = SIZE;
  block.pinned = pinned;
  cache.add(block);
  added.push(block);
  next += SIZE;
  return block.position;
}

/** Whether a block is there still; looking does not count as use. */
function has(position: number): boolean {
  const wasUsed = added.map((block) => block.isUsed);
  const found = cache.find(position, 8);
  for (const [i, block] of added.entries()) block.isUsed = wasUsed[i];
  return found !== undefined;
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
      expect(cache.find(read + 8, 8)).toBeDefined();
      add();
    }
    for (let i = 0; i < 6; i++) add();
    expect(has(read)).toBe(false);
  });

  it('goes over its budget for what is not on the disk yet, and back with the next one', () => {
    const blocks = Array.from({ length: 5 }, () => add({ pinned: true }));
    expect(cache.bytes).toBe(5 * SIZE);
    for (const block of added) block.pinned = false;
    add();
    expect(cache.bytes).toBe(3 * SIZE);
    expect(blocks.map(has)).toEqual([false, false, false, true, true]);
  });

  it('finds what a block has from its first byte to its last, and nothing of what was dropped', () => {
    const [first, second, third] = [add(), add(), add()];
    expect(cache.find(second, SIZE)?.position).toBe(second);
    expect(cache.find(second + SIZE - 8, 8)?.position).toBe(second);
    expect(cache.find(second + SIZE - 8, 16)).toBeUndefined();
    cache.drop({ from: first, to: third });
    expect([first, second, third].map(has)).toEqual([false, false, true]);
    expect(cache.bytes).toBe(SIZE);
  });

  it('finds what a long block has behind a short one that begins further on', () => {
    const long = new Block(0, 2 * SIZE + 64);
    const short = new Block(SIZE, 8);
    for (const block of [long, short]) {
      block.used = block.capacity;
      block.isLoaded = true;
      cache.add(block);
    }
    expect(cache.find(2 * SIZE, 8)).toBe(long);
  });
});
