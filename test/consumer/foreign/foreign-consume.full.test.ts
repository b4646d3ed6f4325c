import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { withProgram } from '../../helpers/foreign.ts';
import type { TestServer } from '../../helpers/server.ts';
import { Run } from '../../helpers/workplace.ts';

const it = withServer(['--max-attempts', '1']);

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const QUEUE = 'my:memq:test';

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** A copy of the example of a language. */
function example(language: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-foreign-'));
  directories.push(directory);
  cpSync(join(EXAMPLES, language), directory, { recursive: true });
  return directory;
}

function consume(server: TestServer, directory: string): Run {
  return new Run(directory, ['--server', `127.0.0.1:${server.port}`]);
}

describe.each([
  ['php', 'php', 'saveToLocal', 'sendMail'],
  ['python', 'python3', 'save_to_local', 'send_mail'],
  ['ruby', 'ruby', 'save_to_local', 'send_mail'],
])('memq-consume with the example in %s', (language, program, save, mail) => {
  withProgram(program, () => {
    it('runs the jobs with the class as it is, refuses what config.ini does not list, and tells what fails', async ({
      server,
      client,
    }) => {
      const directory = example(language);
      await client.set(QUEUE, `${save}('hi 哈')`);
      await client.set(QUEUE, `notListed()`);
      await client.set(`${QUEUE}/id=m1`, `${mail}({"to": "a@example.org", "subject": "Grüße"})`);
      await client.set(QUEUE, `${mail}({"to": "nobody", "subject": ""})`);
      const { code, stderr } = await consume(server, directory).ended;
      expect(code).toBe(0);
      expect(readFileSync(join(directory, 'worker.log'), 'utf8')).toBe('hi 哈\n');
      expect(await client.getStatus(`${QUEUE}/id=m1`)).toMatchObject({ state: 'complete', result: '7' });
      expect(stderr).toContain('4 jobs ran');
      expect(stderr).toContain('2 done, 1 failed, 1 refused');
      expect(stderr).toContain('method "notListed" may not be called');
      expect(stderr).toContain('nobody is no address');
      // What a class prints for a job that ends well is no trouble.
      expect(stderr).not.toContain('sending to');
      expect(await client.getJob(`${QUEUE}/failed/info`)).toMatchObject({ body: 'notListed()' });
      expect(await client.getJob(`${QUEUE}/failed/info`)).toMatchObject({
        body: expect.stringContaining('nobody'),
      });
    });

    it.for([
      ['classname = Worker', 'classname = Wroker', 'there is no class Wroker'],
      ['methods = ', 'methods = saveToLocl, ', 'saveToLocl is not a public method of class Worker'],
    ])(
      'finds at the start that there is no "%s", and takes no job',
      async ([right, wrong, problem], { server, client }) => {
        const directory = example(language);
        const file = join(directory, 'config.ini');
        writeFileSync(file, readFileSync(file, 'utf8').replace(right, wrong));
        await client.set(QUEUE, `${save}('hi')`);
        const check = await new Run(directory, ['--check', '--server', `127.0.0.1:${server.port}`]).ended;
        expect(check.code).toBe(78);
        expect(check.stdout).toContain(problem);
        const run = await consume(server, directory).ended;
        expect(run.code).toBe(78);
        expect(run.stderr).toContain(problem);
        expect(await client.getJob(`${QUEUE}/info`)).toMatchObject({ attempt: 1 });
      },
    );
  });
});
