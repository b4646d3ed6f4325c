import { turn } from '../../../../../server/engine/turn.ts';
import type { Account } from './account.ts';
import { Cluster } from './cluster.ts';

const STEPS = 400;

/** What has to happen in many trials: runs that miss any of it prove nothing. */
export const FIGURES = [
  'looks',
  'doubts',
  'loads',
  'dated',
  'takeovers',
  'depositions',
  'handovers',
  'trims',
  'trimmed',
] as const;

/**
 * Has the servers of a cluster lead, follow, pause, hand over and die, while its database does what a seed says. Throws when
 * anything was lost that was acknowledged, or done twice, or told that did not happen.
 */
export async function tryCluster(seed: number): Promise<Account> {
  const cluster = new Cluster(seed);
  const { account } = cluster;
  await cluster.run(STEPS, turn);
  account.check(await cluster.contents(turn));
  if (account.lost > 0)
    throw new Error('a server takes it that the database has lost records, and it has not');
  return account;
}

/** The same with a database that loses what it had acknowledged: whoever had that notices, and in the end all agree. */
export async function tryLossyCluster(seed: number): Promise<Account> {
  const cluster = new Cluster(seed, true);
  await cluster.run(STEPS, turn);
  const [last, ...others] = (await cluster.allContents(turn)).reverse().map(describe);
  const other = others.find((each) => each !== last);
  if (other !== undefined) throw new Error(`the log has ${last}, and a server ${other}`);
  return cluster.account;
}

function describe(alive: ReadonlyMap<number, number>): string {
  return [...alive].map(([order, position]) => `${order} at ${position}`).join(', ');
}
