import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memqServer } from '../helpers/command.ts';
import { readBlocks, readPage } from '../helpers/pages.ts';

const PAGE = 'docs/replicated.md';
const ROOT = join(import.meta.dirname, '../..');

function readExample(name: string): string {
  return readFileSync(join(ROOT, 'examples/cluster', name), 'utf8');
}

/** What `--check-config` says of flags. */
async function check(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return memqServer([...args, '--check-config']);
}

/** A directory with files in it. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-replicated-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const OK = { code: 0, stdout: 'configuration ok\n', stderr: '' };

it('tells of each metric of a cluster, and of no other', () => {
  const source = readFileSync(join(ROOT, 'server/http/metrics/cluster-families.ts'), 'utf8');
  const there = new Set([...source.matchAll(/'(memq_\w+)'/g)].map(([, name]) => name!));
  const told = new Set([...readPage(PAGE).matchAll(/`(memq_\w+)`/g)].map(([, name]) => name!));
  // How many there were, and how much, is for the curious.
  for (const name of ['memq_passed_connections_total', 'memq_passed_bytes_total']) there.delete(name);
  expect([...told].sort()).toEqual([...there].sort());
});

describe('a configuration', () => {
  it('of the page, and the example that it names, have no mistake', async () => {
    const block = readBlocks(PAGE).find(({ text }) => text.startsWith('log = '))!;
    const page = block.text.replace('HOST:', 'db2:');
    for (const text of [page, readExample('memq.ini')]) {
      const directory = directoryOf({ users: 'a:b\n' });
      const file = join(directory, 'memq.ini');
      writeFileSync(file, text.replaceAll('/etc/memq', directory));
      expect(await check(['--config', file])).toEqual(OK);
    }
  });

  it('of the composition has flags that there are, and no mistake', async () => {
    const commands = [...readExample('compose.yaml').matchAll(/command: (\["memq-server".*\])$/gm)];
    expect(commands).toHaveLength(3);
    const addresses = commands.map(([, list]) => {
      const words = JSON.parse(list!) as string[];
      return words[words.indexOf('--advertise') + 1];
    });
    expect(new Set(addresses).size).toBe(3);
    for (const [, list] of commands)
      expect(await check((JSON.parse(list!) as string[]).slice(1))).toEqual(OK);
  });

  it('of the deployment has flags that there are, and no mistake', async () => {
    const text = readExample('kubernetes.yaml');
    const [, list] = /args: (\["memq-server".*\])$/m.exec(text)!;
    // Nobody is to have the password of an example.
    const { stdout: user } = await memqServer(['http-user', 'ops', '--role', 'viewer', '--token']);
    const directory = directoryOf({
      'memq.ini': secretOf(text, 'memq.ini'),
      'http-users': secretOf(text, 'http-users') + user,
    });
    const words = (JSON.parse(list!) as string[]).slice(1);
    const args = words.map((word) => word.replace('/etc/memq', directory).replace('$(POD_IP)', '10.0.0.7'));
    expect(await check(args)).toEqual(OK);
  });
});

/** A file of the secret: the lines that stand deeper than its name. */
function secretOf(text: string, name: string): string {
  const [, lines] = new RegExp(`^  ${name}: \\|\\n((?:    .*\\n)+)`, 'm').exec(text)!;
  return lines!.replaceAll(/^ {4}/gm, '');
}
