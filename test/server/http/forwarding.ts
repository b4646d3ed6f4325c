import { onTestFinished } from 'vitest';
import { RefusedLogins } from '../../../server/commands/refused-logins.ts';
import { Workers } from '../../../server/commands/workers.ts';
import { readConfig } from '../../../server/config/config.ts';
import type { ClusterView, HttpContext } from '../../../server/http/context.ts';
import { QueueActions } from '../../../server/http/queue-actions.ts';
import { Sampler } from '../../../server/http/sampler.ts';
import type { HttpUsers } from '../../../server/http/users.ts';
import { HttpSide } from '../../../server/http-side.ts';
import { Door } from '../../../server/net/door.ts';
import { PeerListener } from '../../../server/net/peer-listener.ts';
import { createLogger } from '../../../shared/logger.ts';
import { TestEngine } from '../../helpers/local-engine.ts';

const MOST = 2_000_000;

/** The HTTP side of a server; `flags`: by name. Its log's lines are kept. */
async function openSide(flags: Record<string, string> = {}, httpUsers?: HttpUsers) {
  const written = { http: '127.0.0.1:0', memory: 'yes', 'max-item-size': String(MOST), ...flags };
  const config = await readConfig(
    Object.entries(written).map(([name, text]) => ({ name, text, where: `--${name}`, directory: '' })),
    undefined,
  );
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'silent');
  logger.info = logger.warn = ((line: object, msg: string) => lines.push({ ...line, msg })) as never;
  const inForce = { config, httpUsers };
  const side = await HttpSide.open(inForce, 1024, logger, new RefusedLogins(logger));
  onTestFinished(() => side.close());
  const url = lines.find(({ msg }) => msg === 'HTTP')?.url as string;
  return { side, inForce, url, lines, logger };
}

/** A server that leads, with its port for others. */
export async function startLeader(flags: Record<string, string> = {}, users?: HttpUsers) {
  const own = await openSide(flags, users);
  const { side, inForce, logger } = own;
  const { engine } = await TestEngine.openInMemory();
  onTestFinished(() => engine.close());
  side.serve({
    engine,
    workers: new Workers({ last: () => undefined } as never, () => Date.now()),
    connections: new Set(),
    sampler: new Sampler(engine),
    audit: side.audit,
    queueActions: new QueueActions(Date.now()),
    logger,
    startedAt: Date.now(),
    health: () => side.health(),
    stopping: side.stopping,
    maxItemSize: () => MOST,
    maxWaitMs: () => 60_000,
    policySources: () => new Map(),
    policy: () => [],
    metricsQueues: () => 10,
    commands: () => ({}),
    outdated: () => [],
    isReadonly: false,
    basePath: inForce.config.httpBasePath ?? '',
  } as unknown as HttpContext);
  const peers = new PeerListener({ id: 'me', logger, takers: { http: (passed) => side.takePassed(passed) } });
  onTestFinished(() => peers.close());
  const leader = { host: '127.0.0.1', port: await peers.listen(0, '127.0.0.1'), id: 'me' };
  return { ...own, engine, leader, peers };
}

type Leading = Awaited<ReturnType<typeof startLeader>>;

/** One that follows it. */
export async function startFollower({ leader }: Pick<Leading, 'leader'>, flags: Record<string, string> = {}) {
  const own = await openSide(flags);
  const door = new Door({ holdMs: 60_000, logger: own.logger });
  door.mode = { kind: 'pass', leader };
  const cluster = {
    ...{ health: 'ok', leader: 'the-leader:7', name: 'c', role: 'following', epoch: 1, lag: 0, members: [] },
    ...{ clockDifference: 0, lostRecords: 0, passing: door.counts, database: undefined },
    connectToLeader: (client: never) => door.connectForHttp(client),
  };
  await own.side.join(cluster as unknown as ClusterView, own.inForce, Date.now());
  return { ...own, door };
}
