import { Condition } from '../shared/condition.ts';
import type { Logger } from '../shared/logger.ts';
import type { ServerConfig } from './config/config.ts';
import { Engine, type EngineOptions } from './engine/engine.ts';
import { LocalLog } from './engine/log/local/local-log.ts';
import { nodeFileSystem } from './engine/log/local/node-file-system.ts';
import { MemoryLog } from './engine/log/memory/memory-log.ts';

/** Files of the log that are kept open to be read; and of those that are written, or ready to be. */
const OPEN_FILES = 64;
export const LOG_FILES = OPEN_FILES + 8;

/** How often it is looked whether all files of the log are there, milliseconds. */
const FILES_SEEN_MS = 500;

/** How far the newest record may lie from the clock before somebody is told, milliseconds. */
const FAR_FROM_CLOCK_MS = 3_600_000;

/** Opens the log that this server has for itself, on its disk or in memory, and serves from it. Rejects with MemqErrors. */
export async function openOwnLog(
  { dataDirectory, sync, syncIntervalMs, segmentSize, cacheSize }: ServerConfig,
  options: EngineOptions,
  logger: Logger,
): Promise<Engine> {
  const { clock } = options;
  if (dataDirectory === undefined) return Engine.open(MemoryLog.open({ segmentSize }), options);
  const space = new Condition(
    (error) => logger.error({ error }, 'the log cannot grow: once it is full new messages are refused'),
    () => logger.info('the log can grow again'),
  );
  const log = LocalLog.open({
    fileSystem: nodeFileSystem,
    directory: dataDirectory,
    sync,
    syncIntervalMs,
    segmentSize,
    cacheSize,
    openFiles: OPEN_FILES,
    clock,
    onSpace: (problem) => space.is(problem?.message),
    onFailure: ({ message }) =>
      logger.fatal({ error: message }, 'nothing is acknowledged any more: see to the disk, then restart'),
  });
  const engine = await Engine.open(log, options);
  setInterval(() => log.lookAfterFiles(), FILES_SEEN_MS).unref();
  const { segments, tornBytes, newest } = log.recovered;
  if (segments > 0) {
    logger.info({ ...engine.recovered, segments, tornBytes, data: dataDirectory }, 'recovered');
  }
  warnOfClock(newest, clock(), logger);
  return engine;
}

/** A clock that was wrong, or is, has messages expire and delays end at other times than was meant. */
function warnOfClock(newest: number, now: number, logger: Logger): void {
  if (newest === 0 || Math.abs(now - newest) < FAR_FROM_CLOCK_MS) return;
  const record = new Date(newest).toISOString();
  logger.warn(
    { record, clock: new Date(now).toISOString() },
    newest > now
      ? 'the newest record is from the future: see whether the clock is right'
      : 'the newest record is old: unless the server was down for so long, see whether the clock is right',
  );
}
