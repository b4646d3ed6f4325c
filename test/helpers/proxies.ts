import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readBlocks } from './pages.ts';
import { startServer, type TestServer } from './server.ts';
import { until } from './until.ts';

/** The name that docs/security.md has for the server. */
export const HOST = 'memq.example.com';
/** Of its user `alice`, who is an operator, and of `mallory`, whom the server does not know. */
export const PASSWORD = 'correct horse';

/** What the page has in this language. */
function snippet(language: string): string {
  const blocks = readBlocks('docs/security.md').filter(({ heading }) => heading === 'Behind a proxy');
  return blocks.find((block) => block.language === language)!.text;
}

export interface Behind {
  readonly server: TestServer;
  /** The proxy's unix socket, as a URL. */
  readonly url: string;
}

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'memq-proxy-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** The server, as the page has it configured. */
async function configured(here: string): Promise<TestServer> {
  writeFileSync(join(here, 'http-users'), 'alice:operator:*\n', { mode: 0o600 });
  const text = snippet('ini').replace('127.0.0.1:22202', '127.0.0.1:0');
  writeFileSync(join(here, 'memq.ini'), text);
  const args = ['--memory', '--config', join(here, 'memq.ini'), '--http', '127.0.0.1:0'];
  const server = await startServer({ args });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Until the test is over; resolves when it listens. */
async function started(proxy: ChildProcess, socket: string): Promise<void> {
  const ended = once(proxy, 'exit');
  onTestFinished(async () => {
    proxy.kill();
    await ended;
  });
  await until(() => {
    if (proxy.exitCode !== null) throw new Error(`it ended with ${proxy.exitCode}`);
    return existsSync(socket);
  });
}

/** nginx, as the page has it, until the test is over. `stripped`: it takes the path away. */
export async function behindNginx({ stripped = false } = {}): Promise<Behind> {
  const here = directory();
  const server = await configured(here);
  const hash = execFileSync('openssl', ['passwd', '-apr1', PASSWORD], { encoding: 'utf8' }).trim();
  writeFileSync(join(here, 'users'), `alice:${hash}\nmallory:${hash}\n`);
  const location = snippet('nginx')
    .replace('127.0.0.1:22202', `${new URL(server.url).host}${stripped ? '/' : ''}`)
    .replace('/etc/nginx/memq-users', join(here, 'users'));
  const socket = join(here, 'nginx.sock');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${here}/${name};`,
  );
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    join(here, 'nginx.conf'),
    `daemon off; ${user} pid ${here}/pid; error_log stderr; events {}
    http { access_log off; ${paths.join(' ')} server { listen unix:${socket}; ${location} } }`,
  );
  await started(
    spawn('nginx', ['-p', here, '-e', 'stderr', '-c', join(here, 'nginx.conf')], { stdio: 'ignore' }),
    socket,
  );
  return { server, url: `unix:${socket}` };
}

/** Caddy, as the page has it, until the test is over. */
export async function behindCaddy(): Promise<Behind> {
  const here = directory();
  const server = await configured(here);
  const hash = execFileSync('caddy', ['hash-password', '--plaintext', PASSWORD], { encoding: 'utf8' }).trim();
  const socket = join(here, 'caddy.sock');
  const site = snippet('caddy')
    .replace(`${HOST} {`, `http://${HOST} {\n    bind unix/${socket}`)
    .replace('127.0.0.1:22202', new URL(server.url).host)
    .replace('alice HASH', `alice ${hash}\n            mallory ${hash}`);
  writeFileSync(join(here, 'Caddyfile'), `{\n    admin off\n    auto_https off\n}\n${site}`);
  const env = { ...process.env, HOME: here, XDG_DATA_HOME: here, XDG_CONFIG_HOME: here };
  const args = ['run', '--config', join(here, 'Caddyfile'), '--adapter', 'caddyfile'];
  await started(spawn('caddy', args, { env, stdio: 'ignore' }), socket);
  return { server, url: `unix:${socket}` };
}
