import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withWorkplace } from '../fixtures/workplace.ts';

const ROOT = join(import.meta.dirname, '../..');

const it = withWorkplace(['--memory']);

/** Each job leaves a process behind, which then ends; `count` writes down how many of those are zombies. */
const WORKER = `
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { defineWorker } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};

const states = () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).flatMap((pid) => {
  try {
    return [/^State:\\t(.)/m.exec(readFileSync('/proc/' + pid + '/status', 'latin1'))];
  } catch {
    return [];
  }
});
/** Whether something that process 1 has taken over still runs. */
const isLeft = () => readdirSync('/proc').some((pid) => {
  try {
    return readFileSync('/proc/' + pid + '/cmdline', 'latin1').startsWith('sleep');
  } catch {
    return false;
  }
});

class Worker {
  leave() { execFileSync('sh', ['-c', 'sleep 0.1 >/dev/null 2>&1 &']); }
  async count() {
    while (isLeft()) await delay(20);
    // Whoever reaps does so a moment after their end.
    const zombies = () => states().filter(([, state]) => state === 'Z').length;
    for (let tries = 0; zombies() > 0 && tries < 100; tries++) await delay(20);
    writeFileSync('zombies', String(zombies()));
  }
}
export default defineWorker(Worker, { methods: ['leave', 'count'] });
`;

const probe = spawnSync('unshare', ['-rfp', '--mount-proc', 'true']);
if (probe.status !== 0)
  console.warn('nothing was seen of process 1: there can be no other process space here');

withPackages('process 1 of a container', ['tini'], () => {
  it.runIf(probe.status === 0).for([
    ['tini reaps', ['tini', '--'], 0],
    ['Node.js does not reap', [], 3],
  ] as const)('%s what jobs leave behind', async ([, first, zombies], { workplace }) => {
    await workplace.setWorker(WORKER);
    await workplace.enqueue('leave()', 'leave()', 'leave()', 'count()');
    const command = [...first, process.execPath, join(ROOT, 'dist/consumer/main.js')];
    const child = spawn('unshare', ['-rfp', '--mount-proc', ...command], { cwd: workplace.directory });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(Number(readFileSync(join(workplace.directory, 'zombies'), 'utf8'))).toBe(zombies);
  });
});
