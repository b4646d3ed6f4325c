import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../consumer/config/configuration.ts';
import { KEYS } from '../../../consumer/config/keys.ts';
import { ConfigError } from '../../../shared/errors.ts';
import { ConfigDirectory } from './config-directory.ts';

let place: ConfigDirectory;
let directory: string;
let file: string;

beforeAll(async () => {
  place = await ConfigDirectory.make();
  ({ path: directory, file } = place);
});
afterAll(() => place.remove());

function read(text: string | Buffer) {
  return place.read(text);
}

function readOne(text: string) {
  return place.readOne(text);
}

const FOUR_KEYS = 'queuename = my:memq:test\nqueueip = 10.0.0.7\nqueueport = 22202\nclassname = Worker\n';

describe('config.ini', () => {
  it('needs no more than the four old keys', async () => {
    expect(await read(FOUR_KEYS)).toEqual({
      file,
      overlap: 1,
      lock: undefined,
      graceMs: 10_000,
      secretFiles: [],
      bindings: [
        {
          name: '',
          queues: 'my:memq:test',
          server: {
            host: '10.0.0.7',
            port: 22202,
            username: undefined,
            password: undefined,
            timeoutMs: 5000,
          },
          worker: {
            kind: 'class',
            directory,
            file: join(directory, 'Worker.js'),
            className: 'Worker',
            methods: undefined,
            places: { className: `${file}:4: `, methods: `${file}: ` },
          },
          payload: { format: 'auto', charset: 'utf-8', client: undefined, isExact: false },
          processes: 1,
          concurrency: 1,
          timeoutMs: 0,
          recycle: 0,
          leaseMs: 30_000,
          startTimeoutMs: 60_000,
          output: 'log',
        },
      ],
    });
  });

  it('has defaults for the address', async () => {
    const { server } = await readOne('queuename=q\nclassname=Worker\n');
    expect(server).toMatchObject({ host: '127.0.0.1', port: 22201 });
  });

  it('takes the optional keys', async () => {
    const config = await read(`${FOUR_KEYS}
classfile = lib/jobs.mjs
overlap = 3
lock = lib/memq.lock
grace = 1m
answer_timeout = 0.5
username = me
password = "p;w#d"
methods = saveToLocal, 记录, saveToLocal
format = query
charset = GB2312
client = php-memcached
processes = 4
concurrency = 8
timeout = 90
recycle = 1000
`);
    expect(config).toMatchObject({ overlap: 3, lock: join(directory, 'lib/memq.lock'), graceMs: 60_000 });
    expect(config.bindings).toMatchObject([
      {
        worker: { kind: 'class', file: join(directory, 'lib/jobs.mjs'), methods: ['saveToLocal', '记录'] },
        server: { timeoutMs: 500, username: 'me', password: 'p;w#d' },
        payload: { format: 'query', charset: 'gbk', client: 'php-memcached', isExact: false },
        processes: 4,
        concurrency: 8,
        timeoutMs: 90_000,
        recycle: 1000,
      },
    ]);
  });

  it('is plain data, that can be sent to another process', async () => {
    const config = await read(`${FOUR_KEYS}[other]\nqueuename = q\ncommand = x\nmethods = y\n`);
    expect(structuredClone(config)).toEqual(config);
    expect(JSON.parse(JSON.stringify(config))).toEqual(JSON.parse(JSON.stringify(structuredClone(config))));
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
    const { server } = await readOne(`${FOUR_KEYS}username = u\npassword = ${written}\n`);
    expect(server.password).toBe(value);
  });

  it('may begin with a byte order mark, and have any line ends and comments', async () => {
    const { queues } = await readOne(`\ufeff; 注释\r\n# another\r\nqueuename = 队列\r\r\n  classname=Worker`);
    expect(queues).toBe('队列');
  });

  it.each<[string, string, string]>([
    ['an unknown key', `${FOUR_KEYS}colour = x`, ':5: unknown key colour; the keys are queuename, queueip,'],
    ['a typing mistake', `${FOUR_KEYS}procceses = 2`, ':5: unknown key procceses; is it processes?'],
    [
      'a key with other case',
      'queuename=q\nClassName = Worker',
      ':2: unknown key ClassName; is it classname?',
    ],
    ['a key twice', `${FOUR_KEYS}\nqueueport = 1`, ':6: queueport is already set on line 3'],
    ['__proto__', `${FOUR_KEYS}__proto__ = 1`, ':5: expected "key = value"'],
    ['a key of every object', `${FOUR_KEYS}toString = 1`, ':5: unknown key toString'],
    ['no value', `${FOUR_KEYS}overlap`, ':5: expected "key = value"'],
    ['a line without a key', `${FOUR_KEYS}= 5`, ':5: expected "key = value"'],
    ['an open quote', `${FOUR_KEYS}charset = "x`, ':5: a quote is not closed'],
    ['a comment that cuts a quote', `${FOUR_KEYS}charset = "x;y" ; c`, ':5: a quote is not closed'],
    ['a list', `${FOUR_KEYS}methods[] = a`, ':5: a list is written'],
    ['an escape nobody meant', `${FOUR_KEYS}classfile = "C:\\new"`, ':5: classfile has a control character'],
    ['no queue', 'classname = Worker', 'config.ini: queuename is missing'],
    ['no class', 'queuename = q', 'config.ini: classname is missing'],
    ['an empty queue', 'queuename =\nclassname = Worker', ':1: queuename: it is empty'],
    [
      'a queue with a blank',
      'queuename = a b\nclassname = Worker',
      ':1: queuename: the queue\'s name "a b" has " " in it',
    ],
    [
      'a class that is no name',
      'queuename = q\nclassname = a-b',
      ':2: classname: "a-b" is not a class\'s name',
    ],
    [
      'a class of another language',
      'queuename = q\nclassname = a.b',
      ':2: classname: "a.b" is not the name of a Ja',
    ],
    [
      'a port that is none',
      `queuename = q\nclassname = Worker\nqueueport = 70000`,
      ':3: queueport: "70000" is not',
    ],
    [
      'a port with letters',
      `queuename = q\nclassname = Worker\nqueueport = 0x50`,
      ':3: queueport: "0x50" is not',
    ],
    [
      'a host that is none',
      'queuename = q\nclassname = Worker\nqueueip = http://x/',
      ':3: queueip: "http://x/" is a URL: write only the host, "x"; the port belongs in queueport',
    ],
    ...[
      ['10.0.0.7:22201', 'has a port: write only "10.0.0.7"; the port belongs in queueport'],
      ['queue.local:', 'has a port: write only "queue.local"; the port belongs in queueport'],
      ['[::1]:22201', 'has a port: write only "[::1]"; the port belongs in queueport'],
      ['memq://[::1]:22201/x', 'is a URL: write only the host, "[::1]"; the port belongs in queueport'],
      ['//x/', "is a path, and no host's name or address"],
      ['10.0.0.7; 10.0.0.8', 'is more than the name or the address of one host'],
      ['10.0.0.7,, 10.0.0.8', 'has nothing where a host should be'],
      ['10.0.0.7 10.0.0.8', 'is more than the name or the address of one host'],
      ['/run/memq.sock', "is a path, and no host's name or address"],
      ['1:2:3', 'is not an IPv6 address'],
      ['[10.0.0.7]', 'is not an IPv6 address'],
      ['10.0.0.256', 'is not an IPv4 address'],
      ['a!b', "is not a host's name or address"],
    ].map(([host, why]): [string, string, string] => [
      `the host ${host}`,
      `queuename = q\nclassname = Worker\nqueueip = "${host}"`,
      `:3: queueip: ${JSON.stringify(host)} ${why}`,
    ]),
    [
      'one of several hosts',
      'queuename = q\nclassname = Worker\nqueueip = 10.0.0.7, 10.0.0.8:1',
      ':3: queueip: "10.0.0.8:1" has a port',
    ],
    ['an empty host', `queuename = q\nclassname = Worker\nqueueip =`, ':3: queueip: it is empty'],
    ['a lock in no directory', `${FOUR_KEYS}lock = none/memq.lock`, ':5: lock: there is no directory '],
    ['no overlap', `${FOUR_KEYS}overlap = 0`, ':5: overlap: "0" is not a whole number'],
    ['no process', `${FOUR_KEYS}processes = 0`, ':5: processes: "0" is not a whole number'],
    ['half a job at a time', `${FOUR_KEYS}concurrency = 0.5`, ':5: concurrency: "0.5" is not a whole number'],
    ['a wrong timeout', `${FOUR_KEYS}timeout = never`, ':5: timeout: "never" is not a time'],
    ['an answer in no time', `${FOUR_KEYS}answer_timeout = 0`, ':5: answer_timeout: "0" is not a time'],
    [
      'an unknown format',
      `${FOUR_KEYS}format = xml`,
      ':5: format: "xml" is not auto or call or json or query',
    ],
    ['an unknown client', `${FOUR_KEYS}client = php`, ':5: client: "php" is not php-memcached or'],
    ['an unknown charset', `${FOUR_KEYS}charset = ebcdic`, ':5: charset: "ebcdic" is not a known charset'],
    [
      'a charset with a typing mistake',
      `${FOUR_KEYS}charset = shiftjs`,
      ' not a known charset; is it shift_jis?',
    ],
    ['a format with a typing mistake', `${FOUR_KEYS}format = jsn`, ':5: format: "jsn" is not auto or'],
    ['a method that is no name', `${FOUR_KEYS}methods = a,,b`, ':5: methods: "" is not a method\'s name'],
    ['a login without password', `${FOUR_KEYS}username = me`, ':5: username is set, but password is missing'],
    ['a password without login', `${FOUR_KEYS}password = x`, ':5: password is set, but username is missing'],
    ['a class without a file', 'queuename = q\nclassname = Nobody', ':2: no file with class Nobody in '],
    ['a file that is not there', `${FOUR_KEYS}classfile = none.js`, ':5: classfile: '],
    ['a command without methods', 'queuename = q\ncommand = php worker.php', ':2: command needs methods'],
    [
      'a command and a file',
      'queuename = q\nclassfile = Worker.js\ncommand = x\nmethods = y',
      ':2: classfile and command (line 3) exclude each other',
    ],
    [
      'a command that is empty',
      'queuename = q\nmethods = y\ncommand = # nothing',
      ':3: command: it is empty',
    ],
    [
      'a command with an open quote',
      'queuename = q\nmethods = y\ncommand = a "b',
      ':3: command: a quote is not',
    ],
    ['a section without a queue', `${FOUR_KEYS}[a]\n`, ':5: [a]: queuename is missing'],
    ['a section without a class', 'queueip = h\n[a]\nqueuename = q', ':2: [a]: classname is missing'],
    [
      'a section that speaks for all',
      `${FOUR_KEYS}[a]\nqueuename = q\ngrace = 1`,
      ':7: grace is about the whole file: it belongs before the first section',
    ],
  ])('is refused for %s, saying where', async (_, text, message) => {
    const reading = read(text);
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(message);
  });

  it('is refused for all that is wrong at once, each with its line, and nothing twice', async () => {
    const reading = read(`queuename = "q
colour = red
queueport = none
processes = 0
username = me
classname = Nobody
nonsense

[a]
queuename = a:1,b
[b]
classname = Worker
[b]
[c]
queuename = c
command = x
`);
    await expect(reading).rejects.toThrow(ConfigError);
    const { message } = (await reading.catch((error: unknown) => error)) as Error;
    expect(message.replaceAll(file, '').split('\n')).toEqual([
      expect.stringMatching(/^:1: a quote is not closed/),
      expect.stringMatching(/^:2: unknown key colour/),
      expect.stringMatching(/^:3: queueport: "none"/),
      expect.stringMatching(/^:4: processes: "0"/),
      expect.stringMatching(/^:5: username is set/),
      expect.stringMatching(/^:6: no file with class Nobody/),
      expect.stringMatching(/^:7: expected "key = value"/),
      expect.stringMatching(/^:10: queuename: "b" has no weight/),
      expect.stringMatching(/^:11: \[b\]: queuename is missing/),
      expect.stringMatching(/^:13: \[b\] is already on line 11/),
      expect.stringMatching(/^:16: command needs methods/),
    ]);
  });

  it('is refused when it is not UTF-8 or empty, saying what to do', async () => {
    await expect(read(Buffer.from([0x71, 0xff]))).rejects.toThrow(
      ':1: the line is not UTF-8: save the file as UTF-8',
    );
    await expect(read(Buffer.from('\ufeffqueuename = q', 'utf16le'))).rejects.toThrow('save it as UTF-8');
    for (const text of ['', '\n; only a comment\n'])
      await expect(read(text)).rejects.toThrow('config.ini sets nothing: it needs queuename and classname');
  });

  it.each([
    ['none.ini', 'there is no none.ini in %s (ENOENT)'],
    ['none/config.ini', 'there is no directory %s/none (ENOENT)'],
    ['lib', '%s/lib is a directory (EISDIR)'],
    ['Worker.js/config.ini', '%s/Worker.js is no directory (ENOTDIR)'],
  ])('is refused when it cannot be read, as %s, saying where it was looked for', async (name, why) => {
    const reading = readConfig(relative(process.cwd(), join(directory, name)));
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(why.replace('%s', directory));
    await expect(reading).rejects.toThrow(`--config names the file; a relative path counts from the working`);
  });

  it('takes an IPv6 address, with and without brackets', async () => {
    for (const host of ['::1', '[::1]']) {
      const { server } = await readOne(`queuename = q\nclassname = Worker\nqueueip = "${host}"`);
      expect(server).toMatchObject({ host: '::1' });
    }
  });

  it('does not show a password in an error', async () => {
    for (const line of ['password = "hunter2', 'password "hunter2"', 'password = "a\\thunter2"']) {
      const error = await read(`${FOUR_KEYS}${line}`).catch((error: Error) => error);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).not.toContain('hunter2');
    }
  });

  it('does not show a password in a URL either', async () => {
    const reading = read('queuename = q\nclassname = Worker\nqueueip = memq://me:hun@ter2@host:1/');
    await expect(reading).rejects.toThrow(
      ':3: queueip: "memq://...@host:1/" is a URL: write only the host, "host"; the port belongs in queueport',
    );
  });

  it('is refused with the name of a file that may be meant', async () => {
    await expect(read('queuename = q\nclassname = Wroker')).rejects.toThrow(
      /: set classfile; is it Worker\?$/,
    );
    await expect(read('queuename = q\nclassname = Nobody')).rejects.toThrow(/: set classfile$/);
  });

  it.each(['Legacy.php', 'legacy.py', 'legacy.rb'])('says what %s needs', async (file) => {
    await writeFile(join(directory, file), '');
    const wanted = `: ${file} is run by a program: set command and methods`;
    await expect(read('queuename = q\nclassname = Legacy')).rejects.toThrow(wanted);
    await rm(join(directory, file));
  });

  it('finds a class in TypeScript where this Node.js runs that', async () => {
    await writeFile(join(directory, 'Typed.ts'), '');
    const runs = 'typescript' in process.features && Boolean(process.features.typescript);
    const found = await readOne('queuename = q\nclassname = Typed').then(
      ({ worker }) => worker,
      (error: Error) => error.message.includes('no file with class Typed'),
    );
    const worker = { kind: 'class', file: join(directory, 'Typed.ts'), className: 'Typed' };
    if (runs) expect(found).toMatchObject(worker);
    else expect(found).toBe(true);
  });

  it('comes as an example that works', async () => {
    const root = new URL('../../..', import.meta.url).pathname;
    expect((await readConfig(join(root, 'config.ini.example'))).bindings).toMatchObject([
      {
        queues: 'my:memq:test',
        server: { host: '127.0.0.1', port: 22201 },
        worker: { kind: 'class', file: join(root, 'examples/worker.js'), className: 'Worker' },
      },
    ]);
  });

  it('comes as an example that also works with all that is commented out', async () => {
    const root = new URL('../../..', import.meta.url).pathname;
    const example = await readFile(join(root, 'config.ini.example'), 'utf8');
    const keys = [...example.matchAll(/^;?(\w+) *= /gm)].map(([, key]) => key);
    expect(new Set(Object.keys(KEYS))).toEqual(new Set(keys));
    const { bindings } = await read(
      example
        .replace(/^;(?=[\w[])/gm, '')
        .replace('examples/worker.js', 'Worker.js')
        .replace(/(?:authority|client)\.pem/g, join(root, 'test/samples/pem/certificate.pem'))
        .replace('client.key', join(root, 'test/samples/pem/key.pem')),
    );
    expect(bindings.map(({ name }) => name)).toEqual(['', 'mail', 'local', 'php']);
  });
});
