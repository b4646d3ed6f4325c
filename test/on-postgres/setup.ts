import { canMount, PostgresServer } from '../helpers/postgres/postgres-server.ts';
import { PROGRAMS } from '../helpers/postgres/programs.ts';

/** One PostgreSQL for all servers of all tests, each of which has a cluster of its own there. */
export default async function setup(): Promise<() => Promise<void>> {
  if (PROGRAMS === undefined) throw new Error('PostgreSQL is not installed: nothing is tested');
  const server = await PostgresServer.start({
    // Each server has three connections, and tests run beside each other.
    settings: { max_connections: 400 },
    // In memory: on a disk that is busy with other things a commit takes so long now and then that servers refuse what they are asked.
    ...(canMount() && { disk: '2g' }),
  });
  process.env.MEMQ_TEST_LOG = server.url;
  return () => server[Symbol.asyncDispose]();
}
