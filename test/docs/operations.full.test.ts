import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { commandsOf, runHere } from '../helpers/page-commands.ts';
import { startServer } from '../helpers/server.ts';

const PAGE = 'docs/operations.md';
const ROOT = join(import.meta.dirname, '../..');

/** What needs a machine of its own; test/examples/docker.full.test.ts has the build. */
const ELSEWHERE = /^(git|systemctl|usermod|journalctl|docker) |npm ci|^cd \/srv/;

withPackages(PAGE, ['systemd', 'logrotate'], () => {
  it('a service is installed as the page says', async () => {
    const root = mkdtempSync(join(tmpdir(), 'memq-service-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const path of [
      'usr/local/bin',
      'etc/systemd/system',
      'etc/logrotate.d',
      'run/memq',
      'var/lib',
      'var/log/memq',
    ])
      mkdirSync(join(root, path), { recursive: true });
    const here = {
      '/opt/memq': ROOT,
      '/usr/local/bin': join(root, 'usr/local/bin'),
      '/etc/': join(root, 'etc/'),
      'systemd-sysusers': `systemd-sysusers --root=${root}`,
    };
    const env = { PATH: `${join(root, 'usr/local/bin')}:${process.env.PATH}:/usr/sbin` };
    const run = async (heading: string, isMeant: (command: string) => boolean) => {
      const commands = commandsOf(PAGE, heading).filter((each) => !ELSEWHERE.test(each) && isMeant(each));
      expect(commands).not.toEqual([]);
      for (const command of commands)
        expect(await runHere(command, here, env), command).toMatchObject({ code: 0 });
    };
    const isCheck = (command: string): boolean => command.endsWith('--check');
    await run('As a service', (command) => !isCheck(command));
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(/^memq:/m);
    for (const unit of ['memq-server.service', 'memq-consume@.service'])
      expect(existsSync(join(root, 'etc/systemd/system', unit))).toBe(true);

    // The configuration is that of the page, but for where its paths are.
    const file = join(root, 'etc/memq/memq.ini');
    const text = readFileSync(file, 'utf8').replaceAll('= /', `= ${root}/`).replace('= 22201', '= 0');
    writeFileSync(file, text);
    await using server = await startServer({
      args: ['--config', file, '-s', join(root, 'run/memq/memq.sock')],
    });
    expect(server.isRunning).toBe(true);
    await run('As a service', isCheck);
    await run('Log files', () => true);
  });
});
