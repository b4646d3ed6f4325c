import { createInterface } from 'node:readline';
import { UsageError } from '../shared/errors.ts';
import { visible } from './format.ts';

/**
 * Asks whether something that cannot be undone is meant.
 *
 * @throws UsageError when it is not, or when there is nobody to ask and `--yes` was not given
 */
export async function confirm(question: string, isAgreed: boolean): Promise<void> {
  if (isAgreed) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError(
      `${question} There is no terminal to ask on: say --yes, or --dry-run to see how many it would be`,
    );
  const answer = await ask(`${visible(question)} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('nothing was done');
}

/** A line of the terminal; '' where it was left with Ctrl+C or Ctrl+D. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return await new Promise((resolve) => {
    lines.on('SIGINT', () => lines.close());
    lines.once('close', () => {
      process.stderr.write('\n');
      resolve('');
    });
    lines.question(question, (answer) => {
      lines.removeAllListeners('close').close();
      resolve(answer);
    });
  });
}
