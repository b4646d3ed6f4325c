import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withServer } from '../fixtures/server.ts';

/**
 * No container engine is here. The instructions of the Dockerfile are followed in a directory instead, in their order; what
 * needs another system or its users is left out.
 */
const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/docker');
const ELSEWHERE = /apt-get|-o node/;

const it = withServer(['--memory']);

interface Instruction {
  readonly name: string;
  readonly words: string;
}

function instructions(file: string): Instruction[] {
  const lines = readFileSync(join(EXAMPLE, file), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', words = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      return { name, words };
    });
}

/** What the last instruction of this name says: words, or a list in JSON. */
function last(name: string): string[] {
  const found = instructions('Dockerfile').findLast((each) => each.name === name)?.words ?? '';
  const [list] = /\[.*\]$/.exec(found) ?? [];
  return list === undefined ? found.split(' ') : (JSON.parse(list) as string[]);
}

let directory: string;
/** The root of the image. */
let image: string;

function sh(command: string, cwd: string): void {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { cwd, encoding: 'utf8' });
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
}

/** What is sent to the engine: the clone, without what is ignored. */
function sendContext(to: string): void {
  const ignored = readFileSync(join(EXAMPLE, 'Dockerfile.dockerignore'), 'utf8').split('\n');
  const kept = readdirSync(ROOT).filter((name) => !ignored.includes(name));
  for (const name of kept) cpSync(join(ROOT, name), join(to, name), { recursive: true });
  expect(kept).toContain('server');
  expect(kept).not.toContain('node_modules');
}

function build(): void {
  const context = join(directory, 'context');
  sendContext(context);
  const stages = new Map<string, string>();
  let root = '';
  let cwd = '';
  for (const { name, words } of instructions('Dockerfile')) {
    const inside = words.replaceAll(/ (\/)/g, ` ${root}/`);
    if (name === 'FROM') {
      root = join(directory, `stage-${stages.size}`);
      stages.set(/ AS (\w+)$/.exec(words)?.[1] ?? '', root);
      mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    } else if (name === 'WORKDIR') {
      cwd = join(root, words);
      mkdirSync(cwd, { recursive: true });
    } else if (name === 'RUN' && !ELSEWHERE.test(words)) sh(inside, cwd);
    else if (name === 'COPY') {
      const [, stage] = /^--from=(\w+) /.exec(words) ?? [];
      const [target, ...sources] = words
        .replace(/^--\S+ /, '')
        .split(' ')
        .reverse() as [string, ...string[]];
      for (const source of sources) {
        const from = stage === undefined ? join(context, source) : join(stages.get(stage) as string, source);
        const to =
          target.endsWith('/') && source !== '.'
            ? join(cwd, target, source.split('/').at(-1) as string)
            : join(cwd, target);
        expect(existsSync(from), source).toBe(true);
        cpSync(from, to, { recursive: true, verbatimSymlinks: true });
      }
    }
  }
  image = root;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-docker-'));
  build();
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the image', () => {
  it('has the programs, and nothing that only the build needs', ({ server }) => {
    expect(server.isRunning).toBe(true);
    expect(existsSync(join(image, 'opt/memq/node_modules/memjs'))).toBe(true);
    expect(existsSync(join(image, 'opt/memq/node_modules/typescript'))).toBe(false);
    for (const name of ['memq-server', 'memq-consume']) {
      const { status, stdout } = spawnSync(join(image, 'usr/local/bin', name), ['--version'], {
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    }
  });

  it('is checked as it says, and starts by flags that there are', ({ server }) => {
    const [check, ...flags] = last('HEALTHCHECK') as [string, ...string[]];
    const { status, stdout } = spawnSync(
      join(image, 'usr/local/bin', check),
      [...flags, '-p', String(server.port)],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('takes messages'),
    });
    const [start, ...rest] = last('CMD') as [string, ...string[]];
    const checked = spawnSync(join(image, 'usr/local/bin', start), [...rest, '--check-config'], {
      encoding: 'utf8',
    });
    expect(checked).toMatchObject({ status: 0, stdout: 'configuration ok\n' });
    expect(last('USER')).toEqual(['node']);
    expect(last('ENTRYPOINT')).toEqual(['tini', '--']);
  });

  withPackages('the producer of compose.yaml', ['php-cli', 'php-memcached'], () => {
    it('runs the job that the producer enqueues', ({ server }) => {
      const env = { ...process.env, MEMQ_HOST: '127.0.0.1', MEMQ_PORT: String(server.port) };
      const web = spawnSync('php', [join(EXAMPLE, 'web/enqueue.php')], { encoding: 'utf8', env });
      expect(web).toMatchObject({ status: 0, stdout: 'stored\n' });

      const app = join(image, 'app');
      cpSync(join(EXAMPLE, 'app'), app, { recursive: true });
      onTestFinished(() => rmSync(app, { recursive: true }));
      const file = join(app, 'config.ini');
      const config = readFileSync(file, 'utf8').replace(
        'memq\nclass',
        `127.0.0.1\nqueueport = ${server.port}\nclass`,
      );
      writeFileSync(file, config);
      const log = join(directory, 'log');
      const worker = spawnSync(
        join(image, 'usr/local/bin/memq-consume'),
        ['--config', file, '--log-file', log],
        {
          encoding: 'utf8',
        },
      );
      expect(worker).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(readFileSync(log, 'utf8')).toContain('saved: hi from PHP');
    });
  });
});

withPackages('compose.yaml', ['ruby'], () => {
  interface Service {
    readonly image?: string;
    readonly build?: string | { readonly context: string; readonly dockerfile: string };
    readonly volumes?: readonly string[];
    readonly depends_on?: Readonly<Record<string, unknown>>;
    readonly stop_grace_period?: string;
  }

  it('names files, services and volumes that there are', ({ server }) => {
    expect(server.isRunning).toBe(true);
    const path = join(EXAMPLE, 'compose.yaml');
    const script = 'puts YAML.load_file(ARGV[0]).to_json';
    const { status, stdout } = spawnSync('ruby', ['-ryaml', '-rjson', '-e', script, path], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const { services, volumes } = JSON.parse(stdout) as {
      services: Record<string, Service>;
      volumes: Record<string, unknown>;
    };
    expect(Object.keys(services)).toEqual(['memq', 'worker', 'web']);
    for (const { build, volumes: mounts = [], depends_on: needs = {} } of Object.values(services)) {
      for (const name of Object.keys(needs)) expect(services).toHaveProperty(name);
      for (const mount of mounts) {
        const [source] = mount.split(':') as [string];
        if (source.startsWith('.')) expect(existsSync(join(EXAMPLE, source)), source).toBe(true);
        else expect(volumes).toHaveProperty(source);
      }
      if (typeof build === 'string') expect(existsSync(join(EXAMPLE, build, 'Dockerfile'))).toBe(true);
      else if (build !== undefined)
        expect(join(EXAMPLE, build.context, build.dockerfile)).toBe(join(EXAMPLE, 'Dockerfile'));
    }
  });
});
