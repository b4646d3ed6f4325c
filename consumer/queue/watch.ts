import { ConfigError, ServerError } from '../../shared/errors.ts';
import type { Connection } from '../../shared/memcache.ts';
import { Status } from '../../shared/status.ts';

/** Has reads of `$watch` take from the queues of a list. @throws ConfigError for a list that is none for this server */
export async function watch(connection: Connection, queues: string): Promise<void> {
  try {
    await connection.set('$watch', queues);
  } catch (error) {
    const isRefused = error instanceof ServerError && error.status === Status.clientError;
    throw isRefused ? new ConfigError(`queuename = ${queues}: ${error.message}`) : error;
  }
}
