import { chmodSync } from 'node:fs';
import { expect } from 'vitest';
import { UnreachableError } from '../../../../../shared/errors.ts';
import { withPostgres } from '../../../../fixtures/postgres.ts';
import { makeCertificate } from '../../../../helpers/certificates.ts';
import { giveTo } from '../../../../helpers/postgres/programs.ts';
import { openDatabase, raise } from './database-side.ts';

withPostgres('PostgreSQL over TLS', (it) => {
  it('is encrypted where it can be, and checked where it is asked for', async ({ startPostgres }) => {
    const postgres = await startPostgres({ hba: ['hostnossl all careful 127.0.0.1/32 reject'] });
    await postgres.query('CREATE ROLE careful LOGIN SUPERUSER');
    const url = (mode: string, host = '127.0.0.1') =>
      `postgres://careful@${host}:${postgres.port}/postgres?sslmode=${mode}`;
    await expect(openDatabase(url('require'))).rejects.toThrow('does not support SSL');

    const own = makeCertificate(postgres.data, 'own', undefined, 'DNS:localhost');
    const other = makeCertificate(postgres.data, 'other');
    for (const path of [own.cert, own.key]) giveTo(path);
    chmodSync(own.key, 0o600);
    await postgres.configure({ ssl: true, ssl_cert_file: own.cert, ssl_key_file: own.key });
    for (const mode of ['prefer', 'require']) {
      const { database } = await openDatabase(url(mode));
      expect(await raise(database)).toBe('committed');
    }
    const sessions = `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name LIKE 'memq %'`;
    expect(await postgres.query(sessions)).toEqual([{ ssl: true }]);

    const checked = (mode: string, { cert }: { cert: string }, host?: string) =>
      openDatabase(`${url(mode, host)}&sslrootcert=${encodeURIComponent(cert)}`);
    await checked('verify-ca', own);
    await checked('verify-full', own, 'localhost');
    await expect(checked('verify-full', own)).rejects.toThrow(UnreachableError);
    await expect(checked('verify-ca', other)).rejects.toThrow(UnreachableError);
    await expect(openDatabase(url('disable'))).rejects.toThrow('pg_hba.conf');
  });
});
