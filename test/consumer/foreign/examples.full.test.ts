import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withProgram } from '../../helpers/foreign.ts';
import { copyExample, type Language, PHP, PYTHON, RUBY, runnerIn } from '../../helpers/runners.ts';

interface Example extends Language {
  /** The methods of the example. */
  readonly save: string;
  readonly mail: string;
}

const EXAMPLES: readonly Example[] = [
  { ...PHP, save: 'saveToLocal', mail: 'sendMail' },
  { ...PYTHON, save: 'save_to_local', mail: 'send_mail' },
  { ...RUBY, save: 'save_to_local', mail: 'send_mail' },
];

describe.each(EXAMPLES)('the example in examples/$language', (example) => {
  const { program, save, mail } = example;
  withProgram(program, () => {
    it('runs the methods that config.ini lists, with the class as it is', async () => {
      const directory = copyExample(example);
      const worker = await runnerIn(directory);
      await worker.executor.start();
      expect(await worker.run(save, ["it's 哈\n'); evil()"])).toMatchObject({ kind: 'done' });
      expect(await worker.run(save)).toMatchObject({ kind: 'done' });
      expect(readFileSync(join(directory, 'worker.log'), 'utf8')).toBe("it's 哈\n'); evil()\ndefault data\n");
      const message = { to: 'someone@example.org', subject: 'Grüße' };
      expect(await worker.run(mail, [message])).toEqual({ kind: 'done', value: 7 });
      await worker.executor.close();
      expect(worker.printed.map(({ stream, text }) => [stream, text])).toEqual([
        ['stderr', 'sending to someone@example.org'],
      ]);
    });

    it('ends a job for good when its class throws a Fail', async () => {
      const worker = await runnerIn(copyExample(example));
      await worker.executor.start();
      expect(await worker.run(mail, [{ to: 'nobody', subject: '' }])).toEqual({
        kind: 'rejected',
        isThrown: true,
        reason: expect.stringMatching(/^Fail: nobody is no address\n.*worker\.(php|py|rb):\d+/is),
      });
    });
  });
});
