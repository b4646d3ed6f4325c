import { expect, it } from 'vitest';
import { readDatabaseUrl } from '../../../../../server/engine/log/replicated/postgres/database-url.ts';
import { standbysToWaitFor } from '../../../../../server/engine/log/replicated/postgres/promise.ts';
import { tablesOf } from '../../../../../server/engine/log/replicated/postgres/tables.ts';
import { ConfigError } from '../../../../../shared/errors.ts';

it('reads several hosts, what is escaped, and how TLS is to be', () => {
  const url = readDatabaseUrl(
    'postgres://us%40er:p%3Aw%2Fd@one,two:6000,[::1]:7000,%2Frun%2Fpg/data%20base?sslmode=disable',
  );
  expect(url.hosts).toEqual([
    { name: 'one', port: 5432, text: 'one' },
    { name: 'two', port: 6000, text: 'two:6000' },
    { name: '::1', port: 7000, text: '[::1]:7000' },
    { name: '/run/pg', port: 5432, text: '%2Frun%2Fpg' },
  ]);
  expect(url).toMatchObject({ user: 'us@er', password: 'p:w/d', database: 'data base', tls: false });
});

it('has what libpq has for what is left out', () => {
  expect(readDatabaseUrl('postgresql://me@one')).toMatchObject({
    ...{ user: 'me', password: undefined, database: 'me', isTlsOptional: true },
    tls: { rejectUnauthorized: false },
  });
  const mode = (name: string) => readDatabaseUrl(`postgres://me@one/db?sslmode=${name}`);
  expect(mode('require')).toMatchObject({ tls: { rejectUnauthorized: false }, isTlsOptional: false });
  expect(mode('verify-ca')).toMatchObject({ tls: { rejectUnauthorized: true }, isTlsOptional: false });
  expect(mode('verify-full')).toMatchObject({ tls: { rejectUnauthorized: true }, isTlsOptional: false });
});

it.each([
  ['mysql://me@one/db', 'is not postgres://'],
  ['postgres://me:a@b@one/db', 'are written %2F %40'],
  ['postgres://me:a/b@one/db', 'are written %2F %40'],
  ['postgres://me@/db', 'names no host'],
  ['postgres://me@one,,two/db', 'names no host'],
  ['postgres://me@one,one/db', 'the host one twice'],
  ['postgres://me@one:0/db', 'one:0'],
  ['postgres://me@one:65536/db', 'one:65536'],
  ['postgres://me@one:x/db', 'one:x'],
  ['postgres://me@::1/db', '::1'],
  ['postgres://me:sec%ret@one/db', 'a % in its password'],
  ['postgres://me:secret@one/db?sslmode=on', '"on"'],
  ['postgres://me:secret@one/db?ssl=true', '"ssl"'],
  ['postgres://me:secret@one/db?sslmode=require&sslmode=disable', 'sslmode twice'],
  ['postgres://me:secret@one/db?sslrootcert=/nowhere', '/nowhere'],
  ['postgres://me:secret@one/db?sslcert=/dev/null', 'both sslcert and sslkey'],
])('says what is wrong with %s, without the password', (text, what) => {
  const read = () => readDatabaseUrl(text);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(what);
  expect(read).not.toThrow(/secret|sec%ret/);
});

it.each([
  ['', 0],
  ['  ', 0],
  ['*', 1],
  ['a, b', 1],
  ['ANY 2 (a, b, c)', 2],
  ['any 1 (*)', 1],
  ['FIRST 3 (a, b, c)', 3],
  ['2 (a, b)', 2],
  ['"2 (x"', 1],
])('knows how many standbys are waited for by %s', (names, count) => {
  expect(standbysToWaitFor(names)).toBe(count);
});

it.each(['', 'A', 'a-b', 'a b', 'a"b', "a'; DROP TABLE x; --", 'ä', 'a\n', 'x'.repeat(41)])(
  'refuses the name %j of a cluster',
  (name) => {
    expect(() => tablesOf('memq', name)).toThrow(ConfigError);
    expect(() => tablesOf(name, 'memq')).toThrow(ConfigError);
  },
);
