import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../consumer/config/configuration.ts';
import { KEYS } from '../../../consumer/config/keys.ts';
import { ConfigError } from '../../../shared/errors.ts';

const samples = join(import.meta.dirname, '../../samples/pem');

let directory: string;
let file: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'memq-server-values-'));
  file = join(directory, 'config.ini');
  await writeFile(join(directory, 'Worker.js'), '');
  await writeFile(join(directory, 'nonsense.pem'), 'nonsense');
  for (const name of ['certificate.pem', 'key.pem', 'other-key.pem', 'locked-key.pem'])
    await symlink(join(samples, name), join(directory, name));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const TOP = 'queuename = q\nclassname = Worker\n';

async function servers(text: string) {
  await writeFile(file, text);
  return (await readConfig(file)).bindings.map(({ server }) => server);
}

/** All that is told, without the file's name. */
async function mistakes(text: string): Promise<string[]> {
  const error: unknown = await servers(TOP + text).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as Error).message.split('\n').map((line) => line.replace(`${file}:`, ''));
}

describe('a server', () => {
  it('over TLS has what the files have', async () => {
    const pem = expect.stringMatching(/^-----BEGIN CERTIFICATE/);
    const text = `${TOP}queueip = localhost\ntls = on\ntls_ca = certificate.pem\ntls_cert = certificate.pem\n`;
    expect(await servers(`${text}tls_key = key.pem\ntls_servername = memq.example\n`)).toMatchObject([
      {
        host: 'localhost',
        port: 22201,
        tls: {
          ca: pem,
          cert: pem,
          key: expect.stringMatching(/^-----BEGIN PRIVATE/),
          servername: 'memq.example',
        },
      },
    ]);
    const key = join(directory, 'key.pem');
    expect((await readConfig(file)).secretFiles).toEqual([key]);
    expect(await servers(`${TOP}tls = off\ntls_ca = none.pem\n`)).toMatchObject([{ tls: undefined }]);
  });

  it('may be several: each is one of its own, with the same port, login and TLS', async () => {
    const text = `${TOP}queueip = 10.0.0.7, [::1],h,10.0.0.7\nqueueport = 1\nusername = u\npassword = p\n`;
    const common = { port: 1, username: 'u', password: 'p' };
    const all = ['10.0.0.7', '::1', 'h'].map((host) => ({ host, ...common }));
    expect(await servers(text)).toMatchObject(all);
    expect(await servers(`${text}[x]\nqueuename = x\nqueueip = g\n`)).toMatchObject([
      ...all,
      { host: 'g', ...common },
    ]);
  });

  it('on a unix socket has a path, relative to the file', async () => {
    const [server] = await servers(`${TOP}queuesocket = run/memq.sock\ntls = off\nanswer_timeout = 2\n`);
    expect(server).toEqual({ path: join(directory, 'run/memq.sock'), timeoutMs: 2000 });
  });

  it('of a section takes the place of that of the top, and else is the same', async () => {
    const text = `queueip = 10.0.0.7\nqueueport = 1\ntls = on\ntls_ca = certificate.pem\nusername = u\npassword = p\n`;
    const local = '[local]\nqueuename = a\nqueuesocket = s\n';
    const plain = '[plain]\nqueuename = b\ntls = off\n';
    const other = '[other]\nqueuename = c\nqueueip = 10.0.0.8\n';
    const [top, ...sections] = await servers(`${TOP}${text}${local}${plain}${other}`);
    expect(top).toMatchObject({ host: '10.0.0.7', port: 1, tls: { ca: expect.any(String) } });
    expect(sections).toMatchObject([
      { path: join(directory, 's'), username: 'u' },
      { host: '10.0.0.7', port: 1, tls: undefined },
      { host: '10.0.0.8', port: 1, tls: { ca: expect.any(String) } },
    ]);
    expect(sections[0]).not.toHaveProperty('host');
    const [, tcp] = await servers(`${TOP}queuesocket = s\n[tcp]\nqueuename = a\nqueueip = 10.0.0.8\n`);
    expect(tcp).toMatchObject({ host: '10.0.0.8', port: 22201 });
  });
});

describe('what does not go together is told with the key', () => {
  it.each<[string, string[]]>([
    ['queuesocket = s\nqueueip = a\n', ['3: queuesocket and queueip (line 4) exclude each other']],
    [
      'queueip = a\nqueueport = 1\ntls = on\ntls_ca = none.pem\nqueuesocket = s\n',
      ['queueip (line 3)', 'queueport (line 4)', 'tls (line 5)', 'tls_ca (line 6)'].map(
        (key) => `7: queuesocket and ${key} exclude each other`,
      ),
    ],
    [
      `queuesocket = ${'x'.repeat(108)}\n`,
      [expect.stringMatching(/^3: queuesocket: \/.* has more than 107 bytes/)],
    ],
    ['queuesocket =\n', ['3: queuesocket: it is empty']],
    ['tls = maybe\ntls_ca = none.pem\n', ['3: tls: "maybe" is not yes or no']],
    ['tls_ca = certificate.pem\n', ['3: tls_ca has no effect without tls: set tls = on, or tls = off']],
    [
      'tls_cert = a\ntls_key = b\ntls_servername = c\n',
      ['tls_cert', 'tls_key', 'tls_servername'].map(
        (key, i) => `${i + 3}: ${key} has no effect without tls: set tls = on, or tls = off`,
      ),
    ],
    ['tls = on\ntls_cert = certificate.pem\n', ['4: tls_cert is set, but tls_key is missing']],
    ['tls = on\ntls_key = key.pem\n', ['4: tls_key is set, but tls_cert is missing']],
    [
      'tls = on\ntls_cert = certificate.pem\ntls_key = other-key.pem\n',
      [
        expect.stringMatching(
          /^5: tls_key: \/.*other-key\.pem is not the key of the certificate in tls_cert \(line 4\)$/,
        ),
      ],
    ],
    [
      'tls = on\ntls_cert = certificate.pem\ntls_key = locked-key.pem\n',
      [
        expect.stringMatching(
          /^5: tls_key: \/.*locked-key\.pem has a passphrase: write the key without one$/,
        ),
      ],
    ],
    [
      'tls = on\ntls_ca = nonsense.pem\ntls_cert = key.pem\ntls_key = certificate.pem\n',
      [
        expect.stringMatching(
          /^4: tls_ca: \/.*nonsense\.pem has no certificate in PEM \(-----BEGIN CERTIFICATE-----\)$/,
        ),
        expect.stringMatching(/^5: tls_cert: \/.*key\.pem has no certificate in PEM/),
        expect.stringMatching(/^6: tls_key: \/.*certificate\.pem has no private key in PEM/),
      ],
    ],
    [
      'tls = on\ntls_ca = none.pem\ntls_cert = .\ntls_key = nonsense.pem/x\ntls_servername = a:1\n',
      [
        expect.stringMatching(/^4: tls_ca: there is no none\.pem in \/.* \(ENOENT\)$/),
        expect.stringMatching(/^5: tls_cert: \/.* is a directory \(EISDIR\)$/),
        expect.stringMatching(/^6: tls_key: .*nonsense\.pem is no directory \(ENOTDIR\)$/),
        expect.stringMatching(/^7: tls_servername: "a:1" has a port/),
      ],
    ],
    [
      'username = u\nprocesses = no\ntls = on\ntls_key = none.pem\n',
      [
        '3: username is set, but password is missing',
        expect.stringMatching(/^4: processes: /),
        '6: tls_key is set, but tls_cert is missing',
        expect.stringMatching(/^6: tls_key: there is no none\.pem/),
      ],
    ],
  ])('%j', async (text, told) => {
    const found = await mistakes(text);
    expect(found).toHaveLength(told.length);
    expect(found).toEqual(expect.arrayContaining(told));
  });
});

it('is read, or refused with every key that is wrong, however its keys are mixed', async () => {
  const keys = Object.keys(KEYS).filter((key) =>
    /^(?:queueip|queueport|queuesocket|tls.*|username|password)$/.test(key),
  );
  const value = fc.constantFrom(
    'on',
    'off',
    '1',
    'localhost',
    'certificate.pem',
    'key.pem',
    'other-key.pem',
    'none',
    '',
  );
  const settings = fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key });
  await fc.assert(
    fc.asyncProperty(settings, async (chosen) => {
      const text = TOP + chosen.map(([key, value]) => `${key} = ${value}\n`).join('');
      const names = new Set(chosen.map(([key]) => key));
      try {
        const [server] = await servers(text);
        expect('path' in server!).toBe(names.has('queuesocket'));
        if ('path' in server!) expect(names.has('queueip') || names.has('queueport')).toBe(false);
        else if (server!.tls === undefined) expect(chosen).not.toContainEqual(['tls', 'on']);
        else expect(server!.tls.cert === undefined).toBe(server!.tls.key === undefined);
        expect(names.has('username')).toBe(names.has('password'));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const line of error.message.split('\n')) {
          const [, number = '', told = ''] = /^.*?config\.ini:(\d+): (\w+)/.exec(line) ?? [];
          expect(text.split('\n')[Number(number) - 1]).toMatch(new RegExp(`^${told} =`));
        }
      }
    }),
    { numRuns: 150 },
  );
});
