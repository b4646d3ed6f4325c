import { PostgresServer } from '../helpers/postgres/postgres-server.ts';
import { PROGRAMS } from '../helpers/postgres/programs.ts';

/** One PostgreSQL for all servers of all tests, each of which has a cluster of its own there. */
export default async function setup(): Promise<() => Promise<void>> {
  if (PROGRAMS === undefined) throw new Error('PostgreSQL is not installed: nothing is tested');
  // Each server has three connections, and tests run beside each other.
  const server = await PostgresServer.start({ settings: { max_connections: 400 } });
  process.env.MEMQ_TEST_LOG = server.url;
  return () => server[Symbol.asyncDispose]();
}
