import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigDirectory } from './config-directory.ts';

let place: ConfigDirectory;

beforeAll(async () => {
  place = await ConfigDirectory.make();
});
afterAll(() => place.remove());

describe('sections', () => {
  it('are bindings that inherit from the top, which is one itself when it names a queue', async () => {
    const top = 'queueip = h\nqueueport = 1\nclassname = Worker\nmethods = a\ntimeout = 5\n';
    const text = `${top}[x]\nqueuename = x\ntimeout = 6\n[y]\nqueuename = y\nqueueip = g\n`;
    expect((await place.read(text)).bindings).toMatchObject([
      { name: 'x', queues: 'x', server: { host: 'h', port: 1 }, worker: { methods: ['a'] }, timeoutMs: 6000 },
      { name: 'y', queues: 'y', server: { host: 'g', port: 1 }, worker: { methods: ['a'] }, timeoutMs: 5000 },
    ]);
    const names = (await place.read(`queuename = t\n${text}`)).bindings.map(({ name, queues }) => [
      name,
      queues,
    ]);
    expect(names).toEqual([
      ['', 't'],
      ['x', 'x'],
      ['y', 'y'],
    ]);
  });

  it('with a class of their own inherit neither file nor methods', async () => {
    const top = 'queuename = t\nclassname = Worker\nclassfile = lib/jobs.mjs\nmethods = a\n';
    const { bindings } = await place.read(`${top}[x]\nqueuename = x\nclassname = Mail\n`);
    expect(bindings[1]).toMatchObject({
      worker: {
        kind: 'class',
        file: join(place.path, 'mail.mjs'),
        className: 'Mail',
        methods: undefined,
      },
    });
  });

  it('may have a command, with the class of the top or one of their own', async () => {
    const top = 'queuename = t\nclassname = Worker\nclassfile = lib/jobs.mjs\n';
    const command = 'command = php "my worker.php" ; a comment\nmethods = b\n';
    const { bindings } = await place.read(
      `${top}[x]\nqueuename = x\n${command}[y]\nqueuename = y\nclassname = App\\Jobs\n${command}`,
    );
    const worker = {
      kind: 'command',
      command: ['php', 'my worker.php'],
      directory: place.path,
      methods: ['b'],
    };
    expect(bindings).toMatchObject([
      { worker: { kind: 'class' } },
      { worker: { ...worker, className: 'Worker' } },
      { worker: { ...worker, className: 'App\\Jobs' } },
    ]);
  });

  it('may have a class where the top has a command', async () => {
    const { bindings } = await place.read(
      'command = x\nmethods = b\n[x]\nqueuename = x\n[y]\nqueuename = y\nclassname = Worker\n',
    );
    expect(bindings).toMatchObject([
      { worker: { kind: 'command', className: undefined } },
      { worker: { kind: 'class', className: 'Worker', methods: undefined } },
    ]);
  });
});
