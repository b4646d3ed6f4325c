import { availableParallelism, tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { errorMessage } from '../../shared/errors.ts';
import { cleanUpAtExit } from '../children.ts';
import { median } from '../statistics.ts';
import { connections } from './connections.ts';
import { circumstances, type Figures, type Point, readGrowth, together, writeGrowth } from './data.ts';
import { Generators } from './generators.ts';
import { queues } from './queues.ts';
import type { GrowthSeries, Stage } from './series.ts';
import { sizes } from './sizes.ts';
import { waiting } from './waiting.ts';

const ALL: readonly GrowthSeries[] = [waiting, connections, queues, sizes];
const ROUNDS = 3;
/** More processes do not keep one server busier. */
const MOST_GENERATORS = 4;
/** sysexits.h */
const EX_USAGE = 64;
const EX_SOFTWARE = 70;

interface Options {
  rounds: number;
  short?: true;
  generators: number;
  dir: string;
  out: string;
}

cleanUpAtExit();
try {
  await new Command('growth')
    .description('measure what becomes of memq as something grows; scripts/growth-pictures.mjs draws it')
    .argument('[series...]', `what grows: ${ALL.map(({ name }) => name).join(', ')} (default: all)`)
    .option('--rounds <n>', 'measurements of each point', wholeNumber, ROUNDS)
    .option('--short', 'without the largest amount of each series')
    .option(
      '--generators <n>',
      'processes that send requests (default: as many as there are other cores)',
      wholeNumber,
      Math.max(1, Math.min(MOST_GENERATORS, availableParallelism() - 1)),
    )
    .option('--dir <path>', 'where servers keep their data', (path: string) => resolve(path), tmpdir())
    .option('--out <file>', 'where the figures go; other series stay there', 'docs/growth/data.json')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EX_USAGE))
    .action(collect)
    .parseAsync();
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = EX_SOFTWARE;
}

async function collect(names: string[], options: Options): Promise<void> {
  const unknown = names.find((name) => !ALL.some((series) => series.name === name));
  if (unknown !== undefined) throw new Error(`no series is called ${unknown}; see --help`);
  for (const series of ALL) {
    if (names.length > 0 && !names.includes(series.name)) continue;
    const measured = circumstances(options.dir);
    const points = await measureAll(series, options);
    const data = readGrowth(options.out);
    writeGrowth(options.out, { ...data, [series.name]: { load: series.load, measured, points } });
  }
}

async function measureAll(series: GrowthSeries, options: Options): Promise<Point[]> {
  const amounts = options.short ? series.amounts.slice(0, -1) : series.amounts;
  const measurements = new Map(amounts.map((amount): [number, Figures[]] => [amount, []]));
  const stage: Stage = { directory: options.dir, generators: new Generators(options.generators) };
  const say = (amount: number, figures: Figures) =>
    console.error(`${series.name} ${amount.toLocaleString('en-US')}: ${summary(figures)}`);
  try {
    // Round by round, so that a slow moment of the machine meets all.
    for (let round = 0; round < options.rounds; round++) {
      for (const [amount, of] of measurements) {
        const isDear = amount >= (series.dear ?? Number.POSITIVE_INFINITY);
        if (isDear && round > 0) continue;
        const figures = await series.measure(amount, isDear ? options.rounds : 1, stage);
        of.push(figures);
        say(amount, figures);
      }
    }
  } finally {
    await stage.generators.stop();
  }
  return Array.from(measurements, ([at, of]) => ({ at, figures: together(of) }));
}

function summary(figures: Figures): string {
  return Object.entries(figures)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name} ${Number(median(values).toPrecision(3)).toLocaleString('en-US')}`)
    .join(', ');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('a whole number, 1 or more, is needed.');
}
