import { expect, it } from 'vitest';
import { judgeSteps } from './steps.ts';

it('sees what is wrong', () => {
  const jobs = new Map([
    ['a', 3],
    ['b', 1],
  ]);
  const lines = [
    'begin a 0 1',
    'begin a 1 2',
    'end a 0 1',
    'end a 1 2',
    'begin a 1 3',
    'end a 1 3',
    'both b 4 5',
  ];
  expect(judgeSteps(lines, jobs)).toEqual({
    both: ['both b 4 5'],
    disordered: ['begin a 1 2 (0 had ended)'],
    lost: ['a: 2 of 3', 'b: 0 of 1'],
    repeated: 1,
  });
});
