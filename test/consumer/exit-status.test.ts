import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { documentedStatuses } from '../helpers/exit-statuses.ts';
import { startServer } from '../helpers/server.ts';
import { worker } from '../helpers/worker-file.ts';
import type { Ended, Workplace } from '../helpers/workplace.ts';

const it = withWorkplace(['--max-attempts', '1']);

type Case = readonly [status: number, what: string, run: (workplace: Workplace) => Promise<Ended>];

function withFlags(status: number, what: string, ...flags: string[]): Case {
  return [status, what, (workplace) => workplace.consume(...flags)];
}

function withConfig(status: number, what: string, text: string, ...flags: string[]): Case {
  return [
    status,
    what,
    async (workplace) => {
      await workplace.configure(text);
      return workplace.consume(...flags);
    },
  ];
}

function withWorker(status: number, what: string, source: string): Case {
  return [
    status,
    what,
    async (workplace) => {
      await workplace.setWorker(source);
      return workplace.consume();
    },
  ];
}

const failing = async (workplace: Workplace) => {
  await workplace.enqueue("fails('x')");
  return workplace.consume('--fail-on-job-error');
};

const besideAnother = async (workplace: Workplace) => {
  await workplace.enqueue("until('go', 'x')");
  await workplace.start().started();
  return workplace.consume('--watch');
};

const withoutLogin = async (workplace: Workplace) => {
  const users = join(workplace.directory, 'users');
  await writeFile(users, 'me:secret\n');
  await using locked = await startServer({ args: ['--memory', '-Y', users] });
  await workplace.configure('', locked.port);
  return await workplace.consume();
};

/** With a job that has heard of the first signal and goes on. */
const signalledTwice = (signal: NodeJS.Signals) => {
  return async (workplace: Workplace) => {
    await workplace.setWorker(
      worker(
        `goesOn({ signal }) {
          signal.addEventListener('abort', () => log('aborted'));
          process.stdout.write('started\\n');
          return new Promise(() => setInterval(() => {}, 1000));
        }`,
        "[{ name: 'goesOn', context: true }]",
      ),
    );
    await workplace.enqueue('goesOn()');
    const run = workplace.start();
    await run.started();
    run.kill(signal);
    await workplace.logs(1);
    run.kill(signal);
    return run.ended;
  };
};

const CASES: readonly Case[] = [
  withFlags(0, 'nothing to do'),
  [1, 'a job that failed, with --fail-on-job-error', failing],
  withFlags(64, 'an unknown flag', '--what'),
  withFlags(64, 'a wrong number', '--max-jobs', '0'),
  withConfig(64, 'a wrong flag and a wrong file', 'colour = red\n', '--max-time', 'x'),
  withFlags(69, 'no server', '--server', '127.0.0.1:1'),
  withWorker(70, 'processes that end', 'process.exit(3);'),
  [75, 'a run too many that is to watch', besideAnother],
  withWorker(77, 'a class without a list', 'export default class Worker {}'),
  [77, 'a login that is missing', withoutLogin],
  withFlags(78, 'no configuration', '--config', 'none.ini'),
  withConfig(78, 'a mistake in the configuration', 'processes = many\n'),
  withConfig(78, 'a lock that is none', 'lock = worker.mjs\n'),
  withWorker(78, 'a class file that throws', "throw new Error('broken')"),
  [130, 'a second INT', signalledTwice('SIGINT')],
  [143, 'a second TERM', signalledTwice('SIGTERM')],
];

it.for(CASES)('ends with %i for %s, and says why', async ([status, , run], { workplace }) => {
  const { code, stdout, stderr } = await run(workplace);
  expect(code).toBe(status);
  if (status < 64 || status > 128) return;
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

it('ends with what the documentation says, and with nothing else', () => {
  expect(new Set(CASES.map(([status]) => status))).toEqual(new Set(documentedStatuses('memq-consume')));
});
