import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../helpers/server.ts';
import { BEHAVIOURS, type Behaviour, type Bench } from './behaviours.ts';
import { Driver } from './driver.ts';
import { withPackages } from './packages.ts';
import { CLIENTS, type Client, TOOLS } from './table.ts';

for (const client of CLIENTS) {
  withPackages(client.name, client.packages, () => describe(client.name, () => tryAll(client)));
}

function tryAll(client: Client): void {
  let directory: string;
  let server: TestServer;
  const drivers: Driver[] = [];
  const argv = (words: readonly string[]) =>
    words.map((word) => word.replace('BUILD', directory)) as [string];
  const another = () => {
    const started = new Driver(argv(client.run), server.port);
    drivers.push(started);
    return started;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'memq-client-'));
    if (client.build !== undefined) {
      const [command, ...args] = argv(client.build);
      execFileSync(command as string, args, { stdio: 'inherit' });
    }
    server = await startServer();
    another();
  });
  afterAll(async () => {
    await Promise.all(drivers.map((each) => each.kill()));
    await server[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  for (const [i, [name, behaviour]] of Object.entries(BEHAVIOURS).entries()) {
    const shortcoming = client.cannot?.[name as Behaviour];
    const attempt = () => {
      // One that a behaviour has cost its process must not spoil the next one.
      const driver = drivers[0]!.isRunning ? drivers[0]! : another();
      const bench: Bench = { server, driver, another, compresses: client.compresses };
      return behaviour(bench, `queue-${i}`);
    };
    if (shortcoming === undefined) it(name, attempt);
    else {
      it(`${name}: ${shortcoming.why}`, async () => {
        await expect(attempt()).rejects.toThrow(shortcoming.seen);
      });
    }
  }
}

it('finds all that it needs installed by .ci/run', () => {
  const script = readFileSync(join(import.meta.dirname, '../../.ci/run'), 'utf8');
  const words = new Set(script.split(/\s+/));
  const packages = [...CLIENTS.flatMap((client) => client.packages), ...Object.values(TOOLS)];
  expect(packages.filter((name) => !words.has(name))).toEqual([]);
});
