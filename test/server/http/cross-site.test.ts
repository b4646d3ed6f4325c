import { expect } from 'vitest';
import { type ServerFixtures, withServer } from '../../fixtures/server.ts';
import { ask } from '../../helpers/http.ts';

const it = withServer(['--memory', '--http', '127.0.0.1:0', '--http-host', 'memq.example.com']);
type Server = ServerFixtures['server'];

const READ = '/api/openapi.json';
/** What anything else than the rule says to it. */
const WRITE = '/api/v1/queues/q/nothing-there';

async function isRefused(server: Server, path: string, method: string, headers: Record<string, string>) {
  const { code, status } = await ask(server.url, path, { method, headers });
  if (code !== 'cross-site') expect([200, 404, 405]).toContain(status);
  return code === 'cross-site';
}

const FETCH = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };

it.for([
  ['same-origin', false],
  ['none', false],
  ['same-site', true],
  ['cross-site', true],
  ['what-comes-next', true],
] as const)('what a browser sends as %s is refused: %s', async ([site, refused], { server }) => {
  const headers = { ...FETCH, 'sec-fetch-site': site };
  expect(await isRefused(server, READ, 'GET', headers)).toBe(refused);
  expect(await isRefused(server, WRITE, 'POST', headers)).toBe(refused);
  expect(await isRefused(server, READ, 'OPTIONS', headers)).toBe(refused);
});

it('Sec-Fetch-Site alone decides where it is there', async ({ server }) => {
  const own = server.url;
  expect(
    await isRefused(server, READ, 'GET', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }),
  ).toBe(false);
  expect(await isRefused(server, READ, 'GET', { 'sec-fetch-site': 'cross-site', origin: own })).toBe(true);
});

it.for([
  ['the same', 'OWN', '', false],
  ['another port of the same machine', 'http://127.0.0.1:1', '', true],
  ['another name of the same machine', 'http://localhost:1', '', true],
  ['another site', 'https://evil.example', '', true],
  ['a name of this server', 'https://memq.example.com', '', false],
  ['a name of this server, with a port', 'https://memq.example.com:8443', '', false],
  ['a name that begins as one', 'https://memq.example.com.evil.example', '', true],
  ['hidden', 'null', '', true],
  ['an extension', 'chrome-extension://abc', '', true],
  ['nonsense', 'http://', '', true],
] as const)('an origin that is %s is refused: %s', async ([_what, origin, , refused], { server }) => {
  const headers = { origin: origin === 'OWN' ? server.url : origin };
  expect(await isRefused(server, READ, 'GET', headers)).toBe(refused);
  expect(await isRefused(server, WRITE, 'DELETE', headers)).toBe(refused);
});

it('what is no browser is answered', async ({ server }) => {
  expect(await isRefused(server, WRITE, 'POST', {})).toBe(false);
});

it('a link on another site may lead to a page, and to nothing else', async ({ server }) => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect(await isRefused(server, '/queues/mail', 'GET', link)).toBe(false);
  expect(await isRefused(server, '/queues/mail', 'POST', link)).toBe(true);
  expect(await isRefused(server, '/queues/mail', 'GET', { ...link, 'sec-fetch-dest': 'iframe' })).toBe(true);
  expect(await isRefused(server, '/queues/mail', 'GET', { ...link, 'sec-fetch-mode': 'no-cors' })).toBe(true);
  expect(await isRefused(server, READ, 'GET', link)).toBe(true);
  expect(await isRefused(server, '/metrics', 'GET', link)).toBe(true);
});

it('every answer forbids browsers to run, frame or show it elsewhere', async ({ server }) => {
  const refusal = { headers: { origin: 'null' } };
  for (const [path, options] of [
    [READ, {}],
    ['/healthz', {}],
    ['/nothing', {}],
    [READ, refusal],
  ] as const) {
    const { headers } = await ask(server.url, path, options);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none';.*frame-ancestors 'none'.*form-action 'none'/,
      ),
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).not.toMatch(/unsafe|http:|https:|\*/);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  }
});

it('keeps windows of other sites apart where browsers take that: they tell where a request is from then', async ({
  server,
}) => {
  const opener = async (headers: Record<string, string>) =>
    (await ask(server.url, READ, { headers })).headers['cross-origin-opener-policy'];
  expect(await opener({ 'sec-fetch-site': 'none' })).toBe('same-origin');
  // Refused as well, and none the less.
  expect(await opener({ 'sec-fetch-site': 'cross-site' })).toBe('same-origin');
  expect(await opener({})).toBeUndefined();
});
