import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it as itAlone, onTestFinished } from 'vitest';
import { readPages } from '../../../server/http/pages/pages.ts';
import { newToken } from '../../../server/http/passwords.ts';
import { answerProblem, Problem } from '../../../server/http/problem.ts';
import { newApp } from '../../../server/http/router.ts';
import { withHttp } from '../../fixtures/server.ts';
import { ask } from '../../helpers/http.ts';
import { startServer } from '../../helpers/server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const it = withHttp(['--memory']);
const BROWSER = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
};
const PATHS = [
  '/',
  '/queues',
  '/queues/',
  '/queues/my:queue',
  '/queues/~__4',
  '/queues/%E7%8E%8B%2Fx',
  '/queues/q/messages/3f2a-18c',
  '/failed',
  '/running',
  '/workers',
  '/schedule',
  '/search?q=a%20b',
  '/settings',
];

/** An answer as its bytes came; the path is sent as it stands there. */
async function fetched(url: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { hostname, port } = new URL(url);
  const sent = request({ agent: false, hostname, port, path, headers, method });
  sent.end();
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

/** The path of the script that the pages begin with. */
async function scriptOf(url: string): Promise<string> {
  const { text } = await ask(url, '/');
  const [, path = ''] = /<script [^>]*src="\.(\/assets\/[^"]+\.js)"/.exec(text) ?? [];
  expect(path).not.toBe('');
  return path;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'memq-pages-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it.for(PATHS)('%s is a page, which is asked for anew each time', async (path, { server }) => {
  const { status, headers, text } = await ask(server.url, path);
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    'text/html; charset=utf-8',
    'no-cache',
  ]);
  expect(text).toContain('<base href="/"');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';/);
  const again = await ask(server.url, path, { headers: { 'if-none-match': `"x", ${headers.etag}` } });
  expect([again.status, again.text, again.headers.etag]).toEqual([304, '', headers.etag]);
  const head = await ask(server.url, path, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, text: '' });
  expect(head.headers['content-length']).toBe(String(Buffer.byteLength(text)));
});

it('a page is what a build made, in the encoding that a browser has', async ({ server }) => {
  const plain = await fetched(server.url, '/');
  const small = await fetched(server.url, '/', BROWSER);
  expect(small.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(small.body)).toEqual(plain.body);
  expect(small.headers.etag).not.toBe(plain.headers.etag);
  for (const { headers } of [plain, small]) expect(headers.vary).toBe('accept-encoding');
});

it('a file with a digest in its name is kept for ever', async ({ server }) => {
  const path = await scriptOf(server.url);
  const { status, headers } = await ask(server.url, path);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  });
});

it('there is an icon, where browsers look for it', async ({ server }) => {
  const { status, headers } = await ask(server.url, '/favicon.ico');
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    'image/x-icon',
    'no-cache',
  ]);
  const again = await ask(server.url, '/favicon.ico', {
    headers: { 'if-none-match': headers.etag as string },
  });
  expect(again.status).toBe(304);
});

it.for<[string | undefined, 'br' | 'gzip' | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate', 'gzip'],
  ['GZIP', 'gzip'],
  ['br;q=0.2, gzip;q=0.8', 'gzip'],
  ['br;q=0, gzip;q=0.0', undefined],
  ['identity', undefined],
  ['identity;q=1, br;q=0.5', undefined],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['br;q=0, *', 'gzip'],
  ['deflate, zstd', undefined],
])('who accepts %j gets %j', async ([accepted, encoding], { server }) => {
  const path = await scriptOf(server.url);
  const headers = accepted === undefined ? undefined : { 'accept-encoding': accepted };
  const answer = await fetched(server.url, path, headers);
  expect(answer.headers['content-encoding']).toBe(encoding);
  expect(answer.headers['content-length']).toBe(String(answer.body.length));
  const head = await fetched(server.url, path, headers, 'HEAD');
  expect(head.body).toHaveLength(0);
  for (const name of ['content-length', 'content-encoding', 'content-type', 'vary'])
    expect([name, head.headers[name]]).toEqual([name, answer.headers[name]]);
  const decoded = { br: brotliDecompressSync, gzip: gunzipSync, plain: (bytes: Buffer) => bytes };
  expect(decoded[encoding ?? 'plain'](answer.body)).toEqual((await fetched(server.url, path)).body);
});

it.for([
  '/assets/../package.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/..\\..\\package.json',
  '/assets/..%5c..%5cpackage.json',
  '/..%2f..%2f..%2f..%2fetc/passwd',
  '//etc/passwd',
  '/assets//etc/passwd',
  '/assets/%00',
  '/assets/index.html%00.js',
  '/assets',
  '/assets/',
  '/index.html.br',
  '/dashboard/index.html',
  '/server/main.js',
  '/%',
  '/assets/%ff',
])('%s is nothing', async (path, { server }) => {
  // No address has a backslash.
  expect((await fetched(server.url, path)).status).toBe(path.includes('\\') ? 400 : 404);
});

it('the compressed form of a file is no file of its own', async ({ server }) => {
  expect((await fetched(server.url, `${await scriptOf(server.url)}.br`)).status).toBe(404);
});

it('what is nowhere is a page for a browser, and a problem for programs', async ({ server }) => {
  for (const path of ['/nothing', '/queues/a/b', '/assets/gone-1234.js', '/queues/a/messages']) {
    const page = await ask(server.url, path, { headers: { accept: BROWSER.accept } });
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect([page.headers['cache-control'], page.headers.etag]).toEqual(['no-store', undefined]);
    expect(page.text).toBe((await ask(server.url, '/')).text);
    expect(await ask(server.url, path, { headers: { accept: '*/*' } })).toMatchObject({ code: 'not-found' });
  }
  for (const path of ['/api', '/api/v1/nothing', '/metrics/x'])
    expect(await ask(server.url, path, { headers: BROWSER })).toMatchObject({
      status: 404,
      code: 'not-found',
    });
});

itAlone('pages are below the base path, whether a proxy takes it away or not', async () => {
  await using server = await startServer({ http: true, args: ['--memory', '--http-base-path', '/a/memq'] });
  const { origin } = new URL(server.url);
  const script = await scriptOf(server.url);
  for (const prefix of ['', '/a/memq']) {
    expect((await ask(origin, `${prefix}/queues/x`)).text).toContain('<base href="/a/memq/"');
    expect((await ask(origin, `${prefix}${script}`)).status).toBe(200);
    const none = await ask(origin, `${prefix}/x/y`, { headers: { accept: 'text/html' } });
    expect([none.status, none.text]).toEqual([404, expect.stringContaining('<base href="/a/memq/"')]);
  }
  expect((await ask(origin, '/a/memq')).text).toContain('<base href="/a/memq/"');
});

describe('where there are users', () => {
  itAlone('a page takes a login, of any role but that for metrics', async () => {
    const directory = folder();
    const users = join(directory, 'users');
    const roles = ['metrics', 'viewer', 'operator', 'admin'].map((role) => ({ role, ...newToken() }));
    writeFileSync(users, roles.map(({ role, hash }) => `${role}:${role}:${hash}\n`).join(''), {
      mode: 0o600,
    });
    await using server = await startServer({ http: true, args: ['--memory', '--http-auth-file', users] });
    const asked = (path: string, bearer?: string) =>
      ask(server.url, path, { headers: { accept: BROWSER.accept }, ...(bearer !== undefined && { bearer }) });

    const stranger = await asked('/queues');
    expect([stranger.status, stranger.headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^Basic realm="memq"/),
    ]);
    // A browser shows this once its own question is cancelled.
    expect(stranger.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(stranger.text).toContain('<p>Unauthorized: ');
    expect(stranger.headers.refresh).toBeUndefined();
    expect((await asked('/favicon.ico')).status).toBe(401);
    const [metrics, ...others] = roles;
    const refused = await asked('/', metrics?.token);
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining('this takes the role viewer.'),
    ]);
    for (const { token } of others) {
      expect((await asked('/', token)).text).toContain('<base href="/"');
      expect((await asked('/nothing', token)).status).toBe(404);
    }
  });
});

itAlone('what is told on a page of words is text', async () => {
  const app = newApp();
  app.get('/', (context) => answerProblem(context, new Problem(404, 'x', '<script>alert(1)</script>')));
  const answer = await app.request('/', { headers: BROWSER });
  const text = await answer.text();
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(text).toContain('<p>Not Found: &lt;script&gt;alert(1)&lt;/script&gt;.</p>');
  expect(text).not.toContain('<script');
});

itAlone('a server that was built without its pages says so, and has all else', async () => {
  const clone = folder();
  cpSync(join(ROOT, 'dist'), join(clone, 'dist'), {
    recursive: true,
    filter: (name) => !name.endsWith('dashboard'),
  });
  cpSync(join(ROOT, 'package.json'), join(clone, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  const prefix = ['sh', '-c', `shift; exec "$0" '${join(clone, 'dist/server/main.js')}' "$@"`];
  await using server = await startServer({ http: true, args: ['--memory'], prefix });
  expect(await ask(server.url, '/queues')).toMatchObject({ status: 404, code: 'no-pages' });
  const page = await ask(server.url, '/', { headers: { accept: 'text/html' } });
  expect([page.status, page.text]).toEqual([404, expect.stringContaining('was built without its pages')]);
  expect((await ask(server.url, '/api/v1/server')).status).toBe(200);
});

itAlone('all files are read, each with its type, and nothing beside them', async () => {
  const built = folder();
  mkdirSync(join(built, 'assets'));
  const text = '<html lang="en"><base href="/" /><base href="/" /></html>';
  writeFileSync(join(built, 'index.html'), text);
  const script = 'export const x = 1;'.repeat(99);
  writeFileSync(join(built, 'assets/a-1.js.br'), brotliCompressSync(script));
  writeFileSync(join(built, 'assets/b-2.css.br'), brotliCompressSync(''));
  writeFileSync(join(built, 'favicon.ico'), Buffer.from([0, 0, 255]));
  const pages = await readPages(built, '/x"><script>');
  expect(Buffer.from((await pages!.document.in('identity')) as Uint8Array).toString()).toBe(
    text.replace('"/"', '"/x&quot;&gt;&lt;script&gt;/"'),
  );
  expect([...pages!.files].map(([name, { type, encodings }]) => [name, type, encodings]).sort()).toEqual([
    ['assets/a-1.js', 'text/javascript; charset=utf-8', ['br', 'gzip']],
    ['assets/b-2.css', 'text/css; charset=utf-8', ['br', 'gzip']],
    ['favicon.ico', 'image/x-icon', []],
  ]);
  const file = pages!.files.get('assets/a-1.js')!;
  expect(Buffer.from(await file.in('identity')).toString()).toBe(script);
  expect(gunzipSync(await file.in('gzip')).toString()).toBe(script);
  expect([...(await pages!.files.get('favicon.ico')!.in('identity'))]).toEqual([0, 0, 255]);
  expect(await readPages(join(built, 'none'), '')).toBeUndefined();
});
