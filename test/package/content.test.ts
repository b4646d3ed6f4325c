import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from './npm.ts';

const MAX_PACKED = 500_000;

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const packed = pack();
const paths = packed.files.map(({ path }) => path);

/** What `npm pack` would pack of dist as it is. */
function pack(): Packed {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  const answer: Packed[] | Record<string, Packed> = JSON.parse(stdout);
  return Object.values(answer)[0]!;
}

it(`has no more than ${MAX_PACKED} bytes packed`, () => {
  expect(packed.size).toBeLessThanOrEqual(MAX_PACKED);
});

it('has what its users run and read, and nothing that only a clone needs', () => {
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'config.ini.example',
      'memq.ini.example',
      'dist/cli/main.js',
      'dist/consumer/main.js',
      'dist/dashboard/favicon.ico',
      'dist/dashboard/icon.svg.br',
      'dist/dashboard/index.html',
      'dist/dashboard/THIRD-PARTY-LICENSES.md.br',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/server/main.js',
      'examples/php/runner.php',
      'examples/python/runner.py',
      'examples/ruby/runner.rb',
    ]),
  );
  const others =
    /^(?!(LICENSE|README[^/]*\.md|package\.json|\w+\.ini\.example)$|dist\/(server|consumer|cli|shared)\/|dist\/dashboard\/(assets\/[\w-]+\.\w+\.br|[\w-]+\.(html|ico|(md|svg)\.br))$|dist\/index\.(js|d\.ts)$|examples\/(php|python|ruby)\/)/;
  expect(paths.filter((path) => others.test(path))).toEqual([]);
});

it('has a declaration for all that index.d.ts imports, and no other', () => {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'));
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) visit(join(file, '..', fileName.replace(/\.ts$/, '.d.ts')));
    }
  };
  visit('dist/index.d.ts');
  expect(paths.filter((path) => path.endsWith('.d.ts')).sort()).toEqual([...found].sort());
});

it('has comments in declarations, and none in code', () => {
  const read = (file: string): string => readFileSync(join(ROOT, 'dist', file), 'utf8');
  expect(read('shared/client.d.ts')).toContain('/** Closes all connections, for good.');
  expect(read('shared/client.js')).not.toContain('/**');
});

it('has the licenses of all that the pages are made of', () => {
  const file = join(ROOT, 'dist/dashboard/THIRD-PARTY-LICENSES.md.br');
  const text = brotliDecompressSync(readFileSync(file)).toString();
  for (const name of ['preact', '@preact/signals', 'preact-iso', 'lucide-static', 'uplot'])
    expect(text).toMatch(new RegExp(`^## ${name} - \\d.* \\((?:MIT|ISC)\\)\\n\\n\\w`, 'm'));
});
