import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { Connection } from '../../shared/memcache.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { type Certificate, makeCertificate } from '../helpers/certificates.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { hangUp, logged } from '../helpers/server-log.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { until } from '../helpers/until.ts';
import type { Workplace } from '../helpers/workplace.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-consume-tls-'));
const authority = makeCertificate(directory, 'authority');
const own = makeCertificate(directory, 'server', authority);
const known = makeCertificate(directory, 'known', authority);
const stranger = makeCertificate(directory, 'stranger');
const socket = join(directory, 'memq.sock');

afterAll(() => rmSync(directory, { recursive: true }));

/** Speaks TLS by TCP, and plainly on a unix socket. */
const it = withWorkplace(flags(own, '-s', socket));

it.beforeEach(async ({ server, workplace }) => {
  await listensOn(server, socket);
  workplace.socket = socket;
});

function flags({ cert, key }: Certificate, ...more: string[]): string[] {
  return ['--memory', '--tls-cert', cert, '--tls-key', key, ...more];
}

const TRUSTED = `tls = on\ntls_ca = ${authority.cert}\ntls_servername = localhost\n`;

/** Puts these on the queue, over the unix socket. */
async function enqueue(path: string, ...payloads: string[]): Promise<void> {
  const connection = local(path);
  await Promise.all(payloads.map((payload) => connection.set('q', payload)));
}

/** The port is announced first. */
async function listensOn(server: TestServer, path: string): Promise<void> {
  await logged(server, (entry) => entry.path === path);
}

/** A connection until the end of the test. */
function local(path: string): Connection {
  const connection = new Connection({ path, timeoutMs: 60_000 });
  onTestFinished(() => connection.close());
  return connection;
}

describe('memq-consume over TLS', () => {
  it('runs jobs, and says what it would do', async ({ workplace }) => {
    await enqueue(socket, ...Array.from({ length: 50 }, (_, i) => `saveToLocal('${i}')`), "fails('no')");
    await workplace.configure(`${TRUSTED}processes = 2\nconcurrency = 3\n`);
    expect(await workplace.consume('--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("would call Worker.saveToLocal('0')"),
    });
    expect(await workplace.consume('--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/server {5}127\.0\.0\.1:\d+, memq-server \S+, over TLS; 51 jobs wait/),
    });
    expect((await workplace.consume('--fail-on-job-error')).code).toBe(1);
    expect((await workplace.logged()).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });

  it('logs in, and shows its certificate', async ({ workplace }) => {
    const users = join(directory, 'users');
    await writeFile(users, 'me:secret\n');
    await using strict = await startServer({ args: flags(own, '-Y', users, '--tls-ca', authority.cert) });
    const login = 'username = me\npassword = secret\n';
    // Relative to the configuration, as other paths.
    for (const [from, to] of [
      [known.cert, 'known.crt'],
      [known.key, 'known.key'],
    ] as const)
      copyFileSync(from, join(workplace.directory, to));
    const shown = 'tls_cert = known.crt\ntls_key = known.key\n';
    await workplace.configure(TRUSTED + login + shown, strict.port);
    expect(await workplace.consume('--check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(', over TLS, logged in as me; 0 jobs wait'),
    });
    expect((await workplace.consume()).code).toBe(0);
    await workplace.configure(TRUSTED + login, strict.port);
    const why = 'wants a certificate of its clients: set tls_cert and tls_key (';
    for (const flag of ['--check', '--watch']) {
      const { code, stdout, stderr } = await workplace.consume(flag);
      expect(code).toBe(77);
      expect(stdout + stderr).toContain(why);
    }
    await workplace.configure(
      `${TRUSTED}tls_cert = ${stranger.cert}\ntls_key = ${stranger.key}\n`,
      strict.port,
    );
    const refused = await workplace.consume();
    expect(refused.code).toBe(69);
    expect(refused.stderr).toContain(
      'may have as many connections as it takes (--conn-limit), not accept the certificate in tls_cert',
    );
  });

  it('sends nothing to a server that is not the right one, and says of each why', async ({
    server: { port },
    workplace,
  }) => {
    await using plain = await startServer({ args: ['--memory'] });
    await enqueue(socket, "saveToLocal('a')");
    const sections: readonly (readonly [port: number, tls: string, why: string])[] = [
      [
        port,
        `tls = on\ntls_ca = ${stranger.cert}\ntls_servername = localhost\n`,
        'cannot be trusted: no authority in tls_ca has signed its certificate: correct tls_ca, or the address (',
      ],
      [
        port,
        'tls = on\ntls_servername = localhost\n',
        "cannot be trusted: no authority that Node.js knows has signed its certificate: name the file with the server's authority in tls_ca (",
      ],
      [
        port,
        `tls = on\ntls_ca = ${authority.cert}\n`,
        'cannot be trusted: its certificate is for DNS:localhost, not for 127.0.0.1: correct queueip, or set tls_servername to the name that it has to be for',
      ],
      [port, '', 'cannot be used: it speaks TLS: set tls = on'],
      [
        plain.port,
        TRUSTED,
        'cannot be used: what listens there does not speak TLS: set tls = off, or correct the address (',
      ],
    ];
    const configure = (chosen: typeof sections) =>
      workplace.configure(
        chosen
          .map(([port, tls], i) => `[${i}]\nqueuename = q\nqueueip = 127.0.0.1\nqueueport = ${port}\n${tls}`)
          .join(''),
      );
    await configure(sections);
    const { code, stdout } = await workplace.consume('--check');
    expect(code).toBe(69);
    const problems = [...stdout.matchAll(/server {5}PROBLEM: (.*)/g)].map(([, problem]) => problem);
    expect(problems).toEqual(
      sections.map(([port, , why]) => expect.stringContaining(`the server at 127.0.0.1:${port} ${why}`)),
    );
    expect(await workplace.consume('--dry-run')).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('cannot be trusted'),
    });
    for (const section of sections.slice(2)) {
      await configure([section]);
      expect(await workplace.consume()).toMatchObject({
        code: 69,
        stderr: expect.stringContaining(section[2]),
      });
    }
  });

  it('waits as a daemon for a server that is not the right one, and is told with HUP when it is', async ({
    workplace,
  }) => {
    await enqueue(socket, "saveToLocal('a')");
    await workplace.configure('tls = on\ntls_servername = localhost\n');
    const run = workplace.start('--watch');
    await run.says('no authority that Node.js knows has signed its certificate');
    await run.says('trying again until it is back');
    await workplace.configure(TRUSTED);
    run.kill('SIGHUP');
    await workplace.logs(1);
    run.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });
});

describe('a daemon over TLS', () => {
  const used = { cert: join(directory, 'used.crt'), key: join(directory, 'used.key') };
  const use = ({ cert, key }: Certificate) => {
    copyFileSync(cert, used.cert);
    copyFileSync(key, used.key);
  };

  /** A server with a certificate of its own, reached through a tunnel that can be cut. */
  async function serve(): Promise<{ server: TestServer; path: string }> {
    use(own);
    const path = join(mkdtempSync(join(directory, 'own-')), 'memq.sock');
    const server = await startServer({ args: ['--tls-cert', used.cert, '--tls-key', used.key, '-s', path] });
    await listensOn(server, path);
    return { server, path };
  }

  async function ends(workplace: Workplace, run: ReturnType<Workplace['start']>, messages: string[]) {
    await workplace.logs(messages.length);
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(await workplace.logged()).toEqual(messages);
    return stderr;
  }

  it('renews leases, and tells how jobs ended over another connection when its own was lost', async ({
    workplace,
  }) => {
    const { server: started, path } = await serve();
    await using server = started;
    await using tunnel = await openTunnel(() => net.connect(server.port, '127.0.0.1'));
    await workplace.configure(`${TRUSTED}lease = 1\n`, tunnel.port);
    const run = workplace.start('--watch');
    await enqueue(path, "until('go', 'a')");
    await run.started();
    const looker = local(path);
    // Three renewals that leave the lease's end later each time; without them it would come back by itself.
    const reserved = async () => (await looker.stats()).get('touch_hits');
    await until(async () => Number(await reserved()) >= 6);
    tunnel.cut();
    const renewed = Number(await reserved());
    await until(async () => Number(await reserved()) >= renewed + 6);
    await workplace.touch('go');
    await ends(workplace, run, ['a']);
    expect(await looker.get('q/peek')).toBeUndefined();
    expect(await looker.get('q/failed/peek')).toBeUndefined();
  });

  it('goes on with a server that comes back with another certificate, which the same authority has signed', async ({
    workplace,
  }) => {
    const { server: started, path } = await serve();
    await using server = started;
    await workplace.configure(`${TRUSTED}lease = 60\nconcurrency = 2\n`, server.port);
    const run = workplace.start('--watch');
    await enqueue(path, "until('go', 'a')");
    await run.started();
    use(makeCertificate(directory, 'renewed', authority));
    await server.restart();
    await listensOn(server, path);
    await run.says('is back');
    await workplace.touch('go');
    await workplace.logs(1);
    await enqueue(path, "saveToLocal('b')");
    await ends(workplace, run, ['a', 'b']);
    expect(await local(path).get('q/peek')).toBeUndefined();
  });

  it('reads its certificates again on HUP, and keeps the old ones when the new cannot be used', async ({
    workplace,
  }) => {
    const { server: started, path } = await serve();
    await using server = started;
    const ca = join(workplace.directory, 'ca.pem');
    copyFileSync(authority.cert, ca);
    await workplace.configure('tls = on\ntls_ca = ca.pem\ntls_servername = localhost\n', server.port);
    const run = workplace.start('--watch');
    await run.says('ready');
    use(stranger);
    expect(await hangUp(server)).toMatchObject({ msg: 'users and certificates were read again' });
    await server.restart();
    await run.says('no authority in tls_ca has signed its certificate');
    await writeFile(ca, 'nonsense');
    run.kill('SIGHUP');
    await run.says('ca.pem has no certificate in PEM');
    await run.says('nothing was changed');
    copyFileSync(stranger.cert, ca);
    run.kill('SIGHUP');
    await run.says('the configuration was read again');
    await listensOn(server, path);
    await enqueue(path, "saveToLocal('a')");
    await ends(workplace, run, ['a']);
  });
});
