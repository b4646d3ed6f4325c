import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import type { TestServer } from '../helpers/server.ts';
import { BEHAVIOURS, type Behaviour, type Bench } from './behaviours.ts';
import { Driver } from './driver.ts';
import { withPackages } from './packages.ts';
import { CLIENTS, type Client, OTHERS, TOOLS } from './table.ts';

const it = withServer();

for (const client of CLIENTS) {
  withPackages(client.name, client.packages, () => describe(client.name, () => tryAll(client)));
}

function tryAll(client: Client): void {
  let directory: string;
  const drivers: Driver[] = [];
  const argv = (words: readonly string[]) =>
    words.map((word) => word.replace('BUILD', directory)) as [string];
  const start = ({ port }: TestServer) => {
    const started = new Driver(argv(client.run), port);
    drivers.push(started);
    return started;
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'memq-client-'));
    if (client.build === undefined) return;
    const [command, ...args] = argv(client.build);
    execFileSync(command, args, { stdio: 'inherit' });
  });
  afterAll(async () => {
    await Promise.all(drivers.map((each) => each.kill()));
    rmSync(directory, { recursive: true });
  });

  for (const [i, [name, behaviour]] of Object.entries(BEHAVIOURS).entries()) {
    const shortcoming = client.cannot?.[name as Behaviour];
    const attempt = (server: TestServer) => {
      const another = () => start(server);
      // One that a behaviour has cost its process must not spoil the next one.
      const driver = drivers[0]?.isRunning ? drivers[0] : another();
      const bench: Bench = { server, driver, another, compresses: client.compresses };
      return behaviour(bench, `queue-${CLIENTS.indexOf(client)}-${i}`);
    };
    if (shortcoming === undefined) it(name, ({ server }) => attempt(server));
    else {
      it(`${name}: ${shortcoming.why}`, async ({ server }) => {
        await expect(attempt(server)).rejects.toThrow(shortcoming.seen);
      });
    }
  }
}

it('finds all that it needs installed by .ci/run', () => {
  const script = readFileSync(join(import.meta.dirname, '../../.ci/run'), 'utf8');
  const words = new Set(script.split(/\s+/));
  const packages = [
    ...CLIENTS.flatMap((client) => client.packages),
    ...Object.values({ ...TOOLS, ...OTHERS }),
  ];
  expect(packages.filter((name) => !words.has(name))).toEqual([]);
});
