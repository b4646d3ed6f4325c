import { Command, InvalidArgumentError, Option } from 'commander';
import { errorMessage, UsageError } from '../../shared/errors.ts';
import type { Reader } from '../../shared/value-readers.ts';
import { DEFAULT_NAME } from '../config/cluster-rules.ts';
import { databaseUrl, plainName, withoutPassword } from '../config/cluster-values.ts';
import { keepServersOut } from '../engine/offline/directory-hold.ts';
import { DirectorySource } from '../engine/offline/directory-source.ts';
import { DirectoryTarget } from '../engine/offline/directory-target.ts';
import {
  type MigrationReport,
  type MigrationSource,
  type MigrationTarget,
  migrate,
  timeBehind,
} from '../engine/offline/migration.ts';
import { readerDisk } from '../engine/offline/reader-disk.ts';
import { requireLog } from './log-argument.ts';
import { progressBar } from './progress.ts';
import { counted, sized } from './report.ts';

const SEGMENT_SIZE = 16 * 1024 ** 2;

interface Options {
  readonly from: string;
  readonly to: string;
  readonly cluster: string;
  readonly logSchema: string;
  readonly logUnchecked?: true;
  readonly json?: true;
}

/** A place of a migration, on one of its sides. */
interface Place {
  /** For people. */
  readonly name: string;
  /** Opens it to be read, and keeps servers out of it. */
  read(): Promise<{ readonly source: MigrationSource; close(): Promise<void> }>;
  /** Makes it anew for what is read. */
  make(source: MigrationSource): Promise<MigrationTarget>;
}

/** `memq-server migrate --from DIR --to postgres://...`, and back. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('copy all that lives to a log that several servers share, or from there to a data directory')
    .requiredOption(
      '--from <place>',
      'a data directory, or postgres://...; it is not changed, and no server may be running',
    )
    .requiredOption('--to <place>', 'the other one, in which there is nothing yet')
    .addOption(option('--cluster <name>', 'which log of that database', plainName).default(DEFAULT_NAME))
    .addOption(
      option('--log-schema <name>', 'the schema that has its tables', plainName).default(DEFAULT_NAME),
    )
    .option('--log-unchecked', 'take a database that is not PostgreSQL 14 or later, at your own risk')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nEnds with 0; with 74 where something is damaged or cannot be written, and with 75 where a server is running.',
    )
    .action(run);
}

function option(flags: string, help: string, read: Reader<string>): Option {
  return new Option(flags, help).argParser((text) => {
    try {
      return read(text, '');
    } catch (error) {
      throw new InvalidArgumentError(errorMessage(error));
    }
  });
}

async function run({ from, to, json, ...options }: Options): Promise<void> {
  if (isUrl(from) === isUrl(to))
    throw new UsageError('--from and --to: one has to be a data directory, and the other one postgres://...');
  const places = [placeOf('--from', from, options), placeOf('--to', to, options)] as const;
  const { source, close } = await places[0].read();
  try {
    const target = await places[1].make(source);
    const bar = await progressBar('migrating');
    try {
      const report = await migrate(source, target, (done, all) => bar.update(done, all));
      bar.stop();
      process.stdout.write(json ? asJson(report, places[1].name) : asText(report, places[1].name));
    } finally {
      bar.stop();
    }
  } finally {
    await close();
  }
}

function isUrl(place: string): boolean {
  return /^postgres(ql)?:/.test(place);
}

function placeOf(flag: string, text: string, options: Omit<Options, 'from' | 'to' | 'json'>): Place {
  if (!isUrl(text)) return directoryPlace(text);
  try {
    return clusterPlace(databaseUrl(text, ''), options);
  } catch (error) {
    throw new UsageError(`${flag}: ${errorMessage(error)}`);
  }
}

function directoryPlace(directory: string): Place {
  return {
    name: directory,
    async read() {
      requireLog(directory);
      const hold = keepServersOut(directory);
      try {
        const source = new DirectorySource(readerDisk, directory);
        return {
          source,
          async close() {
            source.close();
            hold.release();
          },
        };
      } catch (error) {
        hold.release();
        throw error;
      }
    },
    make: async (source) => new DirectoryTarget(directory, SEGMENT_SIZE, timeBehind(source)),
  };
}

/** What it needs of the database is loaded only where there is one. */
function clusterPlace(url: string, options: Omit<Options, 'from' | 'to' | 'json'>): Place {
  const { cluster, logSchema: schema, logUnchecked } = options;
  const loaded = async () => {
    const { ProcessTiming } = await import('../cluster/process-timing.ts');
    const place = {
      ...{ url, cluster, schema, isUnchecked: logUnchecked === true },
      timing: new ProcessTiming(),
      onTrouble: (line: string) => process.stderr.write(`memq-server: ${line}\n`),
    };
    return { place, ...(await import('../engine/offline/cluster-place.ts')) };
  };
  return {
    name: `cluster ${cluster} of ${withoutPassword(url)}`,
    async read() {
      const { place, openClusterSource } = await loaded();
      return openClusterSource(place);
    },
    async make(source) {
      const { place, makeClusterTarget } = await loaded();
      return makeClusterTarget(place, timeBehind(source));
    },
  };
}

function asJson(report: MigrationReport, target: string): string {
  return `${JSON.stringify({ target, ...report }, null, 2)}\n`;
}

function asText({ messages, queues, statuses, bytes }: MigrationReport, target: string): string {
  const ended = statuses === 0 ? '' : `, and what is known of ${counted(statuses, 'ended job')}`;
  return `${counted(messages, 'message')} in ${counted(queues, 'queue')}, ${sized(bytes)}${ended}, are in ${target}\n`;
}
