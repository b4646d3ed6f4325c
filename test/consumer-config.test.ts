import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../consumer/config.ts';
import { takePlace } from '../consumer/overlap-lock.ts';
import { ConfigError } from '../shared/errors.ts';

let directory: string;
let file: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'memq-config-'));
  file = join(directory, 'config.ini');
  await writeFile(join(directory, 'Worker.js'), '');
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function read(text: string | Buffer) {
  await writeFile(file, text);
  return readConfig(file);
}

const FOUR_KEYS = 'queuename = my:memq:test\nqueueip = 10.0.0.7\nqueueport = 22202\nclassname = Worker\n';

describe('config.ini', () => {
  it('needs no more than the four old keys', async () => {
    expect(await read(FOUR_KEYS)).toEqual({
      file,
      queueName: 'my:memq:test',
      server: { host: '10.0.0.7', port: 22202, username: undefined, password: undefined, timeoutMs: 5000 },
      className: 'Worker',
      classFile: join(directory, 'Worker.js'),
      methods: undefined,
      charset: 'utf-8',
      overlap: 1,
    });
  });

  it('has defaults for the address', async () => {
    const { server } = await read('queuename=q\nclassname=Worker\n');
    expect(server).toMatchObject({ host: '127.0.0.1', port: 22201 });
  });

  it('takes the optional keys', async () => {
    const config = await read(`${FOUR_KEYS}
classfile = lib/jobs.mjs
overlap = 3
timeout = 0.5
username = me
password = "p;w#d"
methods = saveToLocal, 记录
charset = GB2312
`);
    expect(config).toMatchObject({
      classFile: join(directory, 'lib/jobs.mjs'),
      overlap: 3,
      server: { timeoutMs: 500, username: 'me', password: 'p;w#d' },
      methods: ['saveToLocal', '记录'],
      charset: 'gbk',
    });
  });

  it.each([
    ['plain', 'plain'],
    ['with blanks inside', 'with blanks inside'],
    ['a=b', 'a=b'],
    ['x ; a comment', 'x'],
    ['x # a comment', 'x'],
    ['"x" ; a comment', 'x'],
    ["'x' # a comment", 'x'],
    ['"x;y#z"', 'x;y#z'],
    ["'x;y#z'", 'x;y#z'],
    ['x\\;y', 'x;y'],
    ['true', 'true'],
    ['null ; a comment', 'null'],
    ['007', '007'],
    ["'1e3'", '1e3'],
    ["'[1]'", '[1]'],
    ["'true'", 'true'],
    ["'C:\\new'", 'C:\\new'],
    ['"C:\\\\new"', 'C:\\new'],
    ['密码', '密码'],
  ])('has the value %s as %s', async (written, value) => {
    expect((await read(`${FOUR_KEYS}username = u\npassword = ${written}\n`)).server.password).toBe(value);
  });

  it('may begin with a byte order mark, and have any line ends and comments', async () => {
    const config = await read(`\ufeff; 注释\r\n# another\r\nqueuename = 队列\r\r\n  classname=Worker`);
    expect(config.queueName).toBe('队列');
  });

  it.each<[string, string, string]>([
    ['an unknown key', `${FOUR_KEYS}queue = x`, ':5: unknown key queue'],
    ['a key with other case', 'queuename=q\nClassName = Worker', ':2: unknown key ClassName'],
    ['a key twice', `${FOUR_KEYS}\nqueueport = 1`, ':6: queueport is already set on line 3'],
    ['__proto__', `${FOUR_KEYS}__proto__ = 1`, ':5: expected "key = value"'],
    ['a section', `${FOUR_KEYS}[my.section]\n`, ':5: [my.section]: sections are not supported'],
    ['no value', `${FOUR_KEYS}overlap`, ':5: expected "key = value"'],
    ['a line without a key', `${FOUR_KEYS}= 5`, ':5: expected "key = value"'],
    ['an open quote', `${FOUR_KEYS}charset = "x`, ':5: a quote is not closed'],
    ['a comment that cuts a quote', `${FOUR_KEYS}charset = "x;y" ; c`, ':5: a quote is not closed'],
    ['a list', `${FOUR_KEYS}methods[] = a`, ':5: a list is written'],
    ['an escape nobody meant', `${FOUR_KEYS}classfile = "C:\\new"`, ':5: classfile has a control character'],
    ['no queue', 'classname = Worker', 'queuename is missing'],
    ['no class', 'queuename = q', 'classname is missing'],
    ['an empty queue', 'queuename =\nclassname = Worker', ':1: queuename is empty'],
    ['a queue with a blank', 'queuename = a b\nclassname = Worker', ':1: queuename has " " in it'],
    ['a queue with a slash', 'classname = Worker\nqueuename = a/b', ':2: queuename has "/" in it'],
    [
      "a queue of the server's own",
      'classname = Worker\nqueuename = $watch',
      ':2: queuename begins with "$"',
    ],
    ['a long queue', `classname = Worker\nqueuename = ${'哈'.repeat(67)}`, 'longer than 200 bytes'],
    ['a class that is no name', 'queuename = q\nclassname = a.b', ':2: classname'],
    ['a port that is none', 'queuename = q\nclassname = Worker\nqueueport = 70000', ':3: queueport must be'],
    ['a port with letters', 'queuename = q\nclassname = Worker\nqueueport = 0x50', ':3: queueport must be'],
    ['a host that is none', 'queuename = q\nclassname = Worker\nqueueip = http://x/', ':3: queueip'],
    ['no overlap', `${FOUR_KEYS}overlap = 0`, ':5: overlap must be'],
    ['a timeout of 0', `${FOUR_KEYS}timeout = 0`, ':5: timeout must be'],
    ['an unknown charset', `${FOUR_KEYS}charset = ebcdic`, ':5: charset is not a known charset'],
    ['a method that is no name', `${FOUR_KEYS}methods = a,,b`, ':5: methods has ""'],
    ['a login without password', `${FOUR_KEYS}username = me`, 'password is missing'],
    ['a password without login', `${FOUR_KEYS}password = x`, 'username is missing'],
    ['a class without a file', 'queuename = q\nclassname = Nobody', 'set classfile'],
  ])('is refused for %s, saying where', async (_, text, message) => {
    const reading = read(text);
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(message);
  });

  it('is refused when it is not UTF-8 or not there', async () => {
    await expect(read(Buffer.from([0x71, 0xff]))).rejects.toThrow('is not UTF-8');
    await expect(readConfig(join(directory, 'none.ini'))).rejects.toThrow(ConfigError);
  });

  it('takes an IPv6 address, with and without brackets', async () => {
    for (const host of ['::1', '[::1]']) {
      const { server } = await read(`queuename = q\nclassname = Worker\nqueueip = "${host}"`);
      expect(server.host).toBe('::1');
    }
  });

  it('does not show a password in an error', async () => {
    for (const line of ['password = "hunter2', 'password "hunter2"', 'password = "a\\thunter2"']) {
      const error = await read(`${FOUR_KEYS}${line}`).catch((error: Error) => error);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).not.toContain('hunter2');
    }
  });

  it('comes as an example that works', async () => {
    const root = new URL('..', import.meta.url).pathname;
    expect(await readConfig(join(root, 'config.ini.example'))).toMatchObject({
      queueName: 'my:memq:test',
      server: { host: '127.0.0.1', port: 22201 },
      className: 'Worker',
      classFile: join(root, 'examples/worker.js'),
    });
  });
});

describe('overlapping runs', () => {
  it('have as many places as the configuration says, and leave the file as it is', async () => {
    await writeFile(file, FOUR_KEYS);
    const places = [takePlace(file, 2), takePlace(file, 2)];
    expect(places).not.toContain(undefined);
    expect(takePlace(file, 2)).toBeUndefined();
    places[0]!.release();
    const again = takePlace(file, 2);
    expect(again).toBeDefined();
    expect(takePlace(file, 2)).toBeUndefined();
    for (const place of [places[1], again]) place!.release();
    expect(await readFile(file, 'utf8')).toBe(FOUR_KEYS);
  });

  it('have places for a file that cannot be opened for writing', () => {
    // Nobody, not even the superuser, may write the program that is running.
    const place = takePlace(process.execPath, 1);
    expect(place).toBeDefined();
    expect(takePlace(process.execPath, 1)).toBeUndefined();
    place!.release();
    const again = takePlace(process.execPath, 1);
    expect(again).toBeDefined();
    again!.release();
  });
});
