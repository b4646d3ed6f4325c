import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { withProgram } from '../../helpers/foreign.ts';
import { Run } from '../../helpers/workplace.ts';

const it = withServer(['--max-attempts', '1']);

const root = mkdtempSync(join(tmpdir(), 'memq-exact-'));
afterAll(() => rmSync(root, { recursive: true }));

interface Language {
  readonly program: string;
  readonly file: string;
  /** A class whose method shows its argument as the language writes it, a line a job. */
  readonly worker: string;
  /** What it shows of the jobs. */
  readonly shown: readonly string[];
}

const JOBS = [
  "show(array(10 => 1, 2 => 2, 'x' => 1.0, 1 => array(3 => 'a', 1 => 'b')))",
  'show(array(1, 1.0, -1.0, -0.0, 1.5, 1.0E+25, INF, -INF))',
  '{"class": "Worker", "method": "show", "args": [{"b": 1.0, "10": 1, "2": 2}]}',
  'show?a[10]=x&a[2]=y&1=z',
];

const LANGUAGES: Readonly<Record<string, Language>> = {
  php: {
    program: 'php',
    file: 'Worker.php',
    worker: `<?php
class Worker {
  public function show($value) {
    $text = preg_replace('/\\s+/', ' ', var_export($value, true));
    file_put_contents('worker.log', "$text\\n", FILE_APPEND);
  }
}`,
    shown: [
      "array ( 10 => 1, 2 => 2, 'x' => 1.0, 1 => array ( 3 => 'a', 1 => 'b', ), )",
      'array ( 0 => 1, 1 => 1.0, 2 => -1.0, 3 => -0.0, 4 => 1.5, 5 => 1.0E+25, 6 => INF, 7 => -INF, )',
      "array ( 'b' => 1.0, 10 => 1, 2 => 2, )",
      "array ( 'a' => array ( 10 => 'x', 2 => 'y', ), 1 => 'z', )",
    ],
  },
  python: {
    program: 'python3',
    file: 'worker.py',
    worker: `class Worker:
    def show(self, value):
        print(repr(value), file=open('worker.log', 'a'))
`,
    shown: [
      "{'10': 1, '2': 2, 'x': 1.0, '1': {'3': 'a', '1': 'b'}}",
      '[1, 1.0, -1.0, -0.0, 1.5, 1e+25, inf, -inf]',
      "{'b': 1.0, '10': 1, '2': 2}",
      "{'a': {'10': 'x', '2': 'y'}, '1': 'z'}",
    ],
  },
  ruby: {
    program: 'ruby',
    file: 'worker.rb',
    worker: `class Worker
  def show(value)
    File.write('worker.log', value.inspect + "\\n", mode: 'a')
  end
end
`,
    shown: [
      '{"10"=>1, "2"=>2, "x"=>1.0, "1"=>{"3"=>"a", "1"=>"b"}}',
      '[1, 1.0, -1.0, -0.0, 1.5, 1.0e+25, Infinity, -Infinity]',
      '{"b"=>1.0, "10"=>1, "2"=>2}',
      '{"a"=>{"10"=>"x", "2"=>"y"}, "1"=>"z"}',
    ],
  },
};

describe.each(Object.entries(LANGUAGES))('a program in %s', (language, { program, file, worker, shown }) => {
  withProgram(program, () => {
    it('is given arrays in their order, floats as floats, and INF', async ({ server, client }) => {
      const directory = join(root, language);
      cpSync(join(import.meta.dirname, '../../../examples', language), directory, { recursive: true });
      writeFileSync(join(directory, file), worker);
      const config = join(directory, 'config.ini');
      const text = readFileSync(config, 'utf8').replace(/^methods.*$/m, 'methods = show');
      writeFileSync(config, text.replace(/^concurrency.*$/m, ''));
      for (const job of [...JOBS, 'show(NAN)']) await client.set('my:memq:test', job);
      const { code, stderr } = await new Run(directory, ['--server', `127.0.0.1:${server.port}`]).ended;
      expect(stderr).toContain('args[0] is NaN, which JSON cannot carry');
      expect(code).toBe(0);
      expect(readFileSync(join(directory, 'worker.log'), 'utf8').trim().split('\n')).toEqual(shown);
    });
  });
});
