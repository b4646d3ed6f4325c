import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/operations.md');

/** The exit statuses that the documentation has for a program. */
export function documentedStatuses(program: 'memq-server' | 'memq-consume' | 'memq'): number[] {
  const [, section = ''] = /## Exit statuses\n(.*?)\n## /s.exec(readFileSync(PAGE, 'utf8')) ?? [];
  const [head = [], ...rows] = [...section.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) =>
    row.split(' | '),
  );
  const column = head.indexOf(program);
  return rows
    .filter((row) => row[column] !== '–')
    .flatMap(([statuses = '']) => statuses.split(', ').map(Number));
}
