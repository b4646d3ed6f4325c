import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples/systemd');

const it = withWorkplace(['--memory']);

/** A datagram socket, as systemd has it; each datagram that arrives is a line. */
const LISTEN = `use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die;
print "listens\\n"; while (defined recv($s, my $d, 4096, 0)) { $d =~ tr/\\n/ /; print "$d\\n" if $d !~ /^BARRIER/ }`;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-systemd-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

withPackages('systemd', ['systemd', 'perl-base'], () => {
  /** Copies of the units, which systemd finds the programs of this clone by. */
  function units(): string[] {
    return [
      ['memq-server.service', 'memq-server.service'],
      ['memq-consume@.service', 'memq-consume@.service'],
      ['memq-consume@.service', 'memq-consume@shop.service'],
    ].map(([from, to]) => {
      const path = join(directory, to as string);
      const text = readFileSync(join(EXAMPLES, from as string), 'utf8');
      writeFileSync(path, text.replaceAll('/opt/memq', ROOT));
      return path;
    });
  }

  it('finds nothing wrong with the units', () => {
    const [server, , worker] = units() as [string, string, string];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', server, worker], {
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.for([
    [0, 2],
    [2, 6],
  ])('thinks unit %i well enough locked up, of 10 that are open: %i', ([unit, most]) => {
    const path = units()[unit as number] as string;
    const threshold = `--threshold=${(most as number) * 10}`;
    const { status, stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', threshold, path], {
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
  });

  it('hears from the server and from a worker that they are ready, and that they stop', async ({
    workplace,
  }) => {
    const socket = join(directory, 'notify');
    const listener = spawn('perl', ['-e', LISTEN, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: listener.stdout })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string;
    onTestFinished(async () => {
      const ended = once(listener, 'exit');
      listener.kill();
      await ended;
    });
    expect(await next()).toBe('listens');
    await using server = await startServer({
      args: ['--memory'],
      prefix: ['env', `NOTIFY_SOCKET=${socket}`],
    });
    expect(await next()).toBe('READY=1');
    const stopped = server.stop();
    expect(await next()).toBe('STOPPING=1');
    expect(await stopped).toBe(0);

    workplace.env = { NOTIFY_SOCKET: socket };
    const run = workplace.start('--watch');
    expect(await next()).toBe('READY=1');
    run.kill('SIGTERM');
    expect(await next()).toBe('STOPPING=1');
    expect(await run.ended).toMatchObject({ code: 0 });
  });
});

it('the configuration of the unit has no mistake', () => {
  const main = join(ROOT, 'dist/server/main.js');
  const { status, stdout, stderr } = spawnSync(
    main,
    ['--config', join(EXAMPLES, 'memq.ini'), '--check-config'],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'configuration ok\n', stderr: '' });
});
