import { expect, it } from 'vitest';
import { foreign } from '../../helpers/foreign.ts';

it.each([
  ['output', 'exec >&-; exec sleep 1000', 'the program closed its standard output before it answered'],
  ['input', 'exec <&-; exec sleep 1000', 'the program does not read its standard input'],
])('fails the job of a program that closes its standard %s', async (_which, script, reason) => {
  // Larger than a pipe, so that it is seen that nobody reads.
  const text = 'x'.repeat(1 << 20);
  const result = await foreign(['sh', '-c', script], { methods: ['any'] }).run('any', [text]);
  expect(result).toEqual({ kind: 'failed', reason });
});
