import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { MemqError, UsageError } from '../shared/errors.ts';
import { cleanUpAtExit } from './children.ts';
import { guard } from './guard/guard.ts';
import { describeMachine, isMemoryFileSystem } from './machine.ts';
import { formatResult } from './report.ts';
import { isSound, type ScenarioResult } from './result.ts';
import { scenarios } from './scenarios/all.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { MOST_SPREAD } from './statistics.ts';

const ROUNDS = 5;
/** Fewer rounds leave a median at the mercy of one bad moment of the machine. */
const LEAST_ROUNDS = 3;
/** While the rounds differ, up to so many times as many are measured. */
const MOST_TIMES_ROUNDS = 3;
/** sysexits.h, as in UsageError. */
const EX_USAGE = 64;

interface Options {
  rounds: number;
  mostRounds?: number;
  ops?: number;
  dir: string;
  json?: string;
}

const program = new Command('bench')
  .description('measure memq and its peers side by side, one server under load at a time')
  .argument(
    '[scenarios...]',
    `what to measure: ${scenarios.map(({ name }) => name).join(', ')} (default: all)`,
  )
  .option('--rounds <n>', 'measurements of each server; medians are shown', atLeast(LEAST_ROUNDS), ROUNDS)
  .option(
    '--most-rounds <n>',
    `how many at most, while they differ by more than ${MOST_SPREAD * 100} % (default: ${MOST_TIMES_ROUNDS} times as many)`,
    atLeast(LEAST_ROUNDS),
  )
  .option('--ops <n>', "operations of one measurement (default: the scenario's own number)", atLeast(1000))
  .option('--dir <path>', 'where servers keep their data', (path: string) => resolve(path), tmpdir())
  .option('--json <file>', 'write all figures to this file as well')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EX_USAGE))
  .action(run);

program
  .command('guard')
  .description('fail where a figure has fallen behind its bound, by ratios and counts: for CI; takes --dir')
  .action(runGuard);

cleanUpAtExit();
try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof MemqError ? error.exitCode : 70;
}

async function run(names: string[], options: Options): Promise<void> {
  const chosen = choose(names);
  const machine = describeMachine(options.dir);
  console.log(Object.values(machine).join(', '));
  if (isMemoryFileSystem(options.dir)) {
    console.log(`${options.dir} is in memory: durable figures mean nothing there, use --dir`);
  }
  const results: ScenarioResult[] = [];
  for (const scenario of chosen) {
    const result = await scenario.run({
      rounds: options.rounds,
      mostRounds: options.mostRounds ?? options.rounds * MOST_TIMES_ROUNDS,
      ops: options.ops,
      directory: options.dir,
      onProgress: (line) => console.error(line),
    });
    results.push(result);
    console.log(`\n${formatResult(result)}\n`);
  }
  if (options.json !== undefined) {
    const figures = { date: new Date().toISOString(), machine, rounds: options.rounds, results };
    writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  if (!results.every(isSound)) process.exitCode = 1;
}

async function runGuard(): Promise<void> {
  const { dir } = program.opts<Options>();
  if (!(await guard(dir, (line) => console.log(line)))) process.exitCode = 1;
}

function choose(names: string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios;
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new UsageError(`no scenario is called ${name}; see --help`);
    return found;
  });
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`a whole number, ${least} or more, is needed.`);
  };
}
