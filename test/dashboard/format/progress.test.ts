import { describe, expect, it } from 'vitest';
import { progressOf } from '../../../dashboard/format/progress.ts';

describe('progress', () => {
  it.each([
    ['62%', { part: 0.62, text: '' }],
    [' 7.5 ', { part: 0.075, text: '' }],
    ['7', { part: 0.07, text: '' }],
    ['{"percent": 62, "text": "frame 3"}', { part: 0.62, text: 'frame 3' }],
    ['{"percent": 62, "frame": 18420}', { part: 0.62, text: 'frame: 18420' }],
    ['{"percent": 100, "text": "done", "frame": 3}', { part: 1, text: 'done, frame: 3' }],
    ['1000', { part: undefined, text: '1000' }],
    ['{"percent": 400}', { part: undefined, text: '{"percent": 400}' }],
    ['101%', { part: undefined, text: '101%' }],
    ['{"percent": "x"}', { part: undefined, text: '{"percent": "x"}' }],
    ['null', { part: undefined, text: 'null' }],
    ['[1]', { part: undefined, text: '[1]' }],
    ['{broken', { part: undefined, text: '{broken' }],
    ['reading orders of July', { part: undefined, text: 'reading orders of July' }],
  ])('of %s', (told, progress) => {
    expect(progressOf(told)).toEqual(progress);
  });
});
