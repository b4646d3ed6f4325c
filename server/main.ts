#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { MemqError } from '../shared/errors.ts';
import { createLogger, type Logger } from '../shared/logger.ts';
import { VERSION } from '../shared/version.ts';
import { configFromFlags, DEFAULTS, type Flags } from './config.ts';
import { Server } from './server.ts';

/** sysexits.h */
const EX_USAGE = 64;
const EX_SOFTWARE = 70;

const program = new Command('memq-server')
  .description('A durable job queue for any memcache client.')
  .version(VERSION)
  .option('-p, --port <number>', `TCP port, 0 for any free one (${DEFAULTS.port})`)
  .option('-l, --listen <address>', `address to listen on (${DEFAULTS.address})`)
  .option('-s, --unix-socket <path>', 'unix socket to listen on; no TCP unless -p is given')
  .option('-a, --unix-mask <mode>', `permissions of the unix socket, octal (${DEFAULTS.unixMask})`)
  .option(
    '-Y, --auth-file <file>',
    'clients have to log in as one of its users, a user:password on each line',
  )
  .option('--tls-cert <file>', 'speak TLS on TCP with this certificate (PEM), and')
  .option('--tls-key <file>', 'its key')
  .option('--tls-ca <file>', 'let in only clients with a certificate that this authority signed')
  .option('-c, --conn-limit <number>', `most connections at a time (${DEFAULTS.connLimit})`)
  .option('-I, --max-item-size <size>', `largest message, k and m allowed (${DEFAULTS.maxItemSize})`)
  .option('--max-queues <number>', `most queues (${DEFAULTS.maxQueues})`)
  .option('--max-wait <seconds>', `longest wait of a read (${DEFAULTS.maxWait})`)
  .option(
    '--idle-timeout <seconds>',
    `close connections that do nothing this long, 0 never (${DEFAULTS.idleTimeout})`,
  )
  .option(
    '--stalled-timeout <seconds>',
    `close those that do not read their answers (${DEFAULTS.stalledTimeout})`,
  )
  .option('--compat <mode>', 'memcacheq: / is an ordinary character and nothing expires, as in MemcacheQ')
  .option('-F, --disable-flush-all', 'refuse flush_all')
  .option('-v, --verbose', 'say more, twice for still more', (_value, count: number) => count + 1, 0)
  .option('-d, --data <directory>', `where the journal is kept (./${DEFAULTS.data})`)
  .option('--memory', 'keep nothing on disk')
  .option('--sync <policy>', `when stored means on disk: always, interval or never (${DEFAULTS.sync})`)
  .option(
    '--sync-interval <ms>',
    `milliseconds between syncs with --sync interval (${DEFAULTS.syncInterval})`,
  )
  .option('--segment-size <size>', `size of the journal's files (${DEFAULTS.segmentSize})`)
  .option('--cache-size <size>', `journal kept in memory (${DEFAULTS.cacheSize})`)
  .option('--max-attempts <number>', `attempts before a message is failed (${DEFAULTS.maxAttempts})`)
  .option(
    '--backoff <policy>',
    `delay between attempts: exponential, fixed:SECONDS, none (${DEFAULTS.backoff})`,
  )
  .option('--ignore-exptime', 'no message expires, whatever the client sends')
  .option('--grace <seconds>', `how long a stop may take (${DEFAULTS.grace})`)
  .allowExcessArguments(false)
  .exitOverride();

async function main(): Promise<void> {
  const config = configFromFlags(program.parse().opts<Flags>());
  const logger = createLogger('memq-server', ['info', 'debug', 'trace'][config.verbosity] ?? 'trace');
  const started = Server.start(config, logger);
  // From the beginning: whoever sees that it listens may want it to stop.
  handleSignals(started, logger);
  await started;
}

function handleSignals(started: Promise<Server>, logger: Logger): void {
  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, 'stopping');
    try {
      await (await started).stop();
      process.exit(0);
    } catch (error) {
      logger.fatal({ error: (error as Error).message }, 'stopping failed');
      process.exit(EX_SOFTWARE);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', async () => {
    try {
      (await started).reload();
      logger.info('users and certificates were read again');
    } catch (error) {
      logger.error({ error: (error as Error).message }, 'nothing was changed');
    }
  });
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EX_USAGE);
  const text = error instanceof MemqError ? error.message : String((error as Error).stack);
  process.stderr.write(`memq-server: ${text}\n`);
  process.exit(error instanceof MemqError ? error.exitCode : EX_SOFTWARE);
});
