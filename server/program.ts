import { constants } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { noteStrangers } from '../shared/command-line.ts';
import { ConfigError, MemqError } from '../shared/errors.ts';
import { createLogger, type Logger } from '../shared/logger.ts';
import { Mistakes } from '../shared/mistakes.ts';
import { type State, serviceManager } from '../shared/service-manager.ts';
import { nonEmpty } from '../shared/value-readers.ts';
import { VERSION } from '../shared/version.ts';
import { backupCommand } from './cli/backup.ts';
import { check } from './cli/check.ts';
import { checkHttp } from './cli/check-http.ts';
import { EX_IOERR, EX_SOFTWARE, EX_USAGE } from './cli/exit-status.ts';
import { httpUserCommand } from './cli/http-user.ts';
import { inspectCommand } from './cli/inspect.ts';
import { migrateCommand } from './cli/migrate.ts';
import { salvageCommand } from './cli/salvage.ts';
import { leaveSignals, onSignal } from './cli/signals.ts';
import { readConfig, type ServerConfig } from './config/config.ts';
import { SETTINGS, type Setting, type Written } from './config/settings.ts';
import { checkFiles, Server } from './server.ts';

const settings = Object.values<Setting<unknown>>(SETTINGS).map(settingOption);
const program = new Command('memq-server')
  .description('A durable job queue for any memcache client.')
  .version(VERSION)
  .option(
    '--config <file>',
    'settings by the names of the flags below, policies of queues, scheduled jobs (INI)',
  )
  .option('--check-config', 'say whether the configuration has a mistake, and end')
  .option('--check', 'say whether a server runs by this configuration and takes messages, and end')
  .addHelpText(
    'after',
    `
Ends with 0 after a stop. 64: wrong usage; 69: the address cannot be listened on; 70: internal error; 74: the disk, or
damage to what is on it; 75: try again later; 78: wrong configuration. --check with 0 when all is well, 69 when no server, or
no HTTP where --http names it, answers, 74 when its disk has failed, 75 when it is full or stopping, 77 when it refuses the login.`,
  )
  .allowUnknownOption()
  .allowExcessArguments()
  .enablePositionalOptions()
  .exitOverride()
  .action(serve);
for (const command of [
  inspectCommand(),
  backupCommand(),
  salvageCommand(),
  migrateCommand(),
  httpUserCommand(),
]) {
  program.addCommand(
    command.copyInheritedSettings(program).allowExcessArguments(false).hook('preAction', leaveSignals),
  );
}
for (const option of settings) program.addOption(option);

function settingOption({ flags, help, default: text }: Setting<unknown>): Option {
  const takesValue = flags.includes('<');
  const option = new Option(flags, takesValue && text !== undefined ? `${help} (${text})` : help);
  if (flags === SETTINGS.verbosity.flags) option.argParser((_value, count = 0) => Number(count) + 1);
  return option;
}

/** The settings that the command line has. */
function written(): Written[] {
  return settings.flatMap((option) => {
    const value: unknown = program.getOptionValue(option.attributeName());
    if (value === undefined) return [];
    const name = option.long?.slice(2) ?? '';
    const text = value === true ? 'yes' : String(value);
    return { name, text, where: `--${name}`, directory: '' };
  });
}

interface Options {
  readonly config?: string;
  readonly checkConfig?: true;
  readonly check?: true;
}

async function serve({ config: name, checkConfig, check: isToCheck }: Options): Promise<void> {
  const mistakes = new Mistakes();
  noteStrangers(program, mistakes);
  const file = name === undefined ? undefined : mistakes.note(0, '--config: ', () => nonEmpty(name));
  const flags = written();
  const config = await readConfig(flags, file, { mistakes, checkFiles });
  if (checkConfig) {
    process.stdout.write('configuration ok\n');
    return;
  }
  if (isToCheck) {
    await leaveSignals();
    const parts = [await check(config), await checkHttp(config)];
    process.stdout.write(`${parts.filter((part) => part !== undefined).join('; ')}\n`);
    return;
  }
  const logger = createLogger('memq-server', logLevel(config));
  logger.info({ version: VERSION, ...whereLogIs(config) }, 'starting');
  process.on('uncaughtException', (error: unknown) => {
    const text = error instanceof Error ? error.stack : String(error);
    logger.fatal({ error: text }, 'internal error');
    process.exit(EX_SOFTWARE);
  });
  const tell = serviceManager(({ message }) => logger.warn({ error: message }, 'systemd cannot be told'));
  const started = Server.start(config, logger);
  const stop = stopping(started, logger, tell);
  const reload = reloading(started, logger, (running) => readConfig(flags, file, { running, checkFiles }));
  // From the beginning: whoever sees that it listens may want it to stop.
  onSignal((signal) => (signal === 'SIGHUP' ? reload() : stop(signal)));
  await (await started).ready;
  tell('READY=1');
}

function whereLogIs({ dataDirectory, sharedLog }: ServerConfig): object {
  if (sharedLog !== undefined) return { log: sharedLog.shownUrl, cluster: sharedLog.cluster };
  return { data: dataDirectory ?? 'in memory only' };
}

function logLevel({ verbosity }: ServerConfig): string {
  return ['info', 'debug', 'trace'][verbosity] ?? 'trace';
}

/** What a signal does that ends the server; the second one ends it at once. */
function stopping(
  started: Promise<Server>,
  logger: Logger,
  tell: (state: State) => void,
): (signal: 'SIGTERM' | 'SIGINT') => Promise<void> {
  let isStopping = false;
  return async (signal) => {
    if (isStopping) process.exit(128 + constants.signals[signal]);
    isStopping = true;
    logger.info({ signal }, 'stopping');
    tell('STOPPING=1');
    try {
      await (await started).stop();
      logger.info('stopped');
      process.exit(0);
    } catch (error) {
      const [text, status] = describe(error as NodeJS.ErrnoException);
      logger.fatal({ error: text }, 'stopping failed');
      process.exit(status);
    }
  };
}

/** What a signal does that has everything read again. */
function reloading(
  started: Promise<Server>,
  logger: Logger,
  read: (running: ServerConfig) => Promise<ServerConfig>,
): () => void {
  const reload = async (): Promise<void> => {
    try {
      const server = await started;
      const config = await read(server.config);
      await server.reload(config, logger);
      logger.level = logLevel(config);
      const what = config.file === undefined ? '' : 'configuration, ';
      logger.info(`${what}users and certificates were read again`);
      if (config.outdated.length > 0) logger.warn({ settings: config.outdated }, 'these need a restart');
    } catch (error) {
      const text = error instanceof ConfigError ? 'nothing was changed' : 'not all could be changed';
      logger.error({ error: (error as Error).message }, text);
    }
  };
  // One after the other.
  let last = Promise.resolve();
  return () => {
    last = last.then(reload);
  };
}

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EX_USAGE);
  const [text, status] = describe(error as NodeJS.ErrnoException);
  process.stderr.write(`memq-server: ${text}\n`);
  process.exit(status);
});

/** What to say of it, and the exit status. */
function describe(error: NodeJS.ErrnoException): [string, number] {
  if (error instanceof MemqError) return [error.message, error.exitCode];
  // The system refuses something; that is no fault of this program.
  if (error.syscall !== undefined) return [error.message, EX_IOERR];
  return [String(error.stack), EX_SOFTWARE];
}
