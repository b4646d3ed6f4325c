import { describe, expect, it } from 'vitest';
import { KeptAnswers } from '../../../server/http/kept-answers.ts';

function answer(length = 0) {
  return { status: 201, headers: [], body: Buffer.alloc(length) };
}

describe('kept answers', () => {
  it('are forgotten when their time is over', () => {
    let now = 0;
    const kept = new KeptAnswers({ ms: 1000, count: 10, bytes: 100_000 }, () => now);
    kept.begin('a', 'print');
    expect(kept.get('a')).toMatchObject({ print: 'print', answer: undefined });
    kept.finish('a', answer());
    kept.giveUp('a');
    now = 999;
    expect(kept.get('a')?.answer?.status).toBe(201);
    now = 1000;
    expect(kept.get('a')).toBe(undefined);
  });

  it('are no more than so many, and so many bytes: the oldest go', () => {
    const kept = new KeptAnswers({ ms: 1000, count: 3, bytes: 10_000 }, () => 0);
    const names = ['a', 'b', 'c', 'd'];
    const keep = (name: string, length: number) => {
      kept.begin(name, '');
      kept.finish(name, answer(length));
      kept.giveUp(name);
    };
    for (const name of names) keep(name, 0);
    expect(names.map((name) => kept.get(name) !== undefined)).toEqual([false, true, true, true]);
    keep('large', 8000);
    expect([...names, 'large'].filter((name) => kept.get(name) !== undefined)).toEqual(['c', 'd', 'large']);
    keep('larger', 9000);
    expect([...names, 'large', 'larger'].filter((name) => kept.get(name) !== undefined)).toEqual(['larger']);
  });

  it('do not lose what is in work', () => {
    const kept = new KeptAnswers({ ms: 1000, count: 0, bytes: 0 }, () => 0);
    kept.begin('a', 'print');
    kept.begin('b', 'print');
    expect(kept.get('a')?.answer).toBe(undefined);
    expect(kept.get('a')?.print).toBe('print');
    kept.giveUp('a');
    expect(kept.get('a')).toBe(undefined);
  });
});
