import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClientName } from '../../consumer/payload/payload.ts';
import { expectRead, type StoredValue } from '../helpers/client-values.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { withPackages } from './packages.ts';
import { SPYMEMCACHED } from './table.ts';

/**
 * What the clients on this machine store, read as memq-consume would. To keep it in test/samples/client-values, where
 * test/consumer/payload/client-values.test.ts reads it without any client:
 * `WRITE_SAMPLE=1 npx vitest run --mode full test/clients/values.full.test.ts && npm run format`
 */
const HERE = join(import.meta.dirname, 'values');
const SAMPLES = join(import.meta.dirname, '../samples/client-values');

interface Producer {
  readonly client: ClientName;
  /** The sample's name where it is not the client's. */
  readonly sample?: string;
  readonly packages: readonly string[];
  /** `PORT` stands for the server's port. */
  readonly run: readonly [string, ...string[]];
}

const python = (client: ClientName, name: string, file: string): Producer => ({
  client,
  packages: [name],
  run: ['/usr/bin/python3', '-B', join(HERE, file), 'PORT'],
});
const perl = (module: string, name: string, sample: string): Producer => ({
  client: 'perl',
  sample,
  packages: [name],
  run: ['/usr/bin/perl', join(HERE, 'perl_values.pl'), 'PORT', module],
});
const npm = (client: ClientName): Producer => ({
  client,
  packages: [],
  run: [process.execPath, join(HERE, 'npm_values.js'), 'PORT', client],
});

const PRODUCERS: readonly Producer[] = [
  {
    client: 'php-memcached',
    packages: ['php-cli', 'php-memcached'],
    run: ['/usr/bin/php', join(HERE, 'php_values.php'), 'PORT'],
  },
  python('pylibmc', 'python3-pylibmc', 'pylibmc_values.py'),
  python('pymemcache', 'python3-pymemcache', 'pymemcache_values.py'),
  python('python-memcached', 'python3-memcache', 'python_memcached_values.py'),
  {
    client: 'dalli',
    packages: ['ruby', 'ruby-dalli'],
    run: ['/usr/bin/ruby', join(HERE, 'dalli_values.rb'), 'PORT'],
  },
  {
    client: 'spymemcached',
    packages: ['default-jdk-headless', 'libspymemcached-java'],
    run: ['/usr/bin/java', '-cp', SPYMEMCACHED, join(HERE, 'SpymemcachedValues.java'), 'PORT'],
  },
  perl('Cache::Memcached', 'libcache-memcached-perl', 'perl'),
  perl('Cache::Memcached::Fast', 'libcache-memcached-fast-perl', 'perl-fast'),
  npm('memcached'),
  npm('memcache-client'),
];

for (const producer of PRODUCERS) {
  const { client, sample = client, packages } = producer;
  withPackages(`values of ${sample}`, packages, () => {
    describe(`what ${sample} stores`, () => {
      it('is read, or refused for what it is', async () => {
        const values = await store(producer);
        expect(values.length).toBeGreaterThan(5);
        if (process.env.WRITE_SAMPLE === '1') write(sample, producer, values);
        for (const value of values) expectRead(client, value);
      });
    });
  });
}

/** Has the client store its values, each in a queue of its name, and takes them as they lie there. */
async function store({ run }: Producer): Promise<StoredValue[]> {
  await using server = await startServer();
  const [program, ...args] = run.map((word) => (word === 'PORT' ? String(server.port) : word));
  execFileSync(program, args, { stdio: 'pipe', timeout: 25_000 });
  using reader = await TextClient.connect(server.port);
  const names = [...(await reader.stats('queue')).keys()];
  const values: StoredValue[] = [];
  for (const name of names) {
    reader.send(`get ${name}\r\n`);
    const [, flags, length] = /^VALUE \S+ (\d+) (\d+)$/.exec((await reader.line())!)!;
    values.push({ name, flags: Number(flags), body: await reader.bytes(Number(length)) });
    await reader.bytes('\r\nEND\r\n'.length);
  }
  return values;
}

function write(sample: string, { client, packages }: Producer, values: readonly StoredValue[]): void {
  const lines = values.map(({ name, flags, body }) => {
    return `    ${JSON.stringify({ name, flags, body: body.toString('base64') })}`;
  });
  const head = JSON.stringify({ client, version: versionOf(client, packages) }).slice(0, -1);
  writeFileSync(join(SAMPLES, `${sample}.json`), `${head},"values":[\n${lines.join(',\n')}\n]}\n`);
}

function versionOf(client: string, packages: readonly string[]): string {
  if (packages.length === 0) {
    const file = join(import.meta.dirname, `../../node_modules/${client}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own
  const format = '${Package} ${Version}\n';
  const listed = execFileSync('dpkg-query', ['-W', `-f=${format}`, ...packages], { encoding: 'utf8' });
  return listed.trim().replaceAll('\n', ', ');
}
