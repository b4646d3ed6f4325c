import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withWorkplace } from '../fixtures/workplace.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/logrotate/memq'), 'utf8');

const it = withWorkplace(['--memory']);

withPackages('logrotate', ['logrotate'], () => {
  it('renames the log file of a worker, which goes on in a new one', async ({ workplace }) => {
    const directory = mkdtempSync(join(tmpdir(), 'memq-logrotate-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const log = join(directory, 'shop.log');
    const worker = workplace.start('--watch', '--log-file', log);
    await worker.says('ready');
    const configuration = join(directory, 'memq');
    const user = userInfo().username;
    const group = spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim();
    const text = EXAMPLE.replaceAll('/var/log/memq', directory)
      .replaceAll('www-data www-data', `${user} ${group}`)
      .replace(/systemctl kill .*/, `kill -HUP ${worker.pid}`);
    expect(text).toContain('kill -HUP');
    writeFileSync(configuration, text, { mode: 0o644 });
    const { status, stderr } = spawnSync(
      'logrotate',
      ['--force', '--state', join(directory, 'state'), configuration],
      { encoding: 'utf8', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await worker.says('the configuration was read again');
    expect(readFileSync(`${log}.1`, 'utf8')).toContain('ready: jobs start');
    expect(readFileSync(log, 'utf8')).toContain('the configuration was read again');
    expect(statSync(log).mode & 0o777).toBe(0o640);
  });
});
