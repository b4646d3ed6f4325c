import type { TestServer } from '../../helpers/server.ts';
import type { Account } from '../load/account.ts';
import { type Answer, Link } from '../load/link.ts';
import type { Servers } from './servers.ts';

/** Connections to the leader from before it was paused, and made while it is. */
const BEFORE = 20;
const MEANWHILE = 4;

/** What is asked, and whether that answer may be given: `link` makes queues of its own. */
interface Question {
  readonly request: (link: number) => string;
  /** What the state has since another one leads. */
  readonly isTrue: (answer: Answer) => boolean;
}

/**
 * Questions to a leader that was paused, sent while another one led. To each the old state has another answer than the new
 * one, but for what is kept, of which both have the same: it is there.
 */
const QUESTIONS: readonly Question[] = [
  {
    request: (link) => `${link % 2 === 0 ? 'get' : 'gats 10'} new${link}\r\n`,
    isTrue: ({ values }) => values[0]?.body === 'new',
  },
  { request: () => 'get marks/id=over\r\n', isTrue: ({ values }) => isStatus(values[0]?.body, 'cancelled') },
  { request: () => 'get marks/id=kept\r\n', isTrue: ({ values }) => isStatus(values[0]?.body, 'waiting') },
  { request: () => 'delete marks/id=over\r\n', isTrue: ({ line }) => line === 'NOT_FOUND' },
];

function isStatus(text: string | undefined, state: string): boolean {
  return text !== undefined && (JSON.parse(text) as { state: string }).state === state;
}

/**
 * Pauses the leader until another one leads and has changed what there is, asks it meanwhile, and lets it go on. What it
 * says then is closed connections and errors, or what the new leader says; all else the account is told.
 */
export async function askPausedLeader(servers: Servers, account: Account): Promise<void> {
  const { leader, epoch } = await servers.leader();
  const links = await openAll(leader, BEFORE);
  await ask(links[0]!, set('marks/id=kept', 'x'), 'STORED');
  await ask(links[0]!, set('marks/id=over', 'x'), 'STORED');
  for (const link of links) await ask(link, 'mn\r\n', 'MN');
  leader.pause();
  const { leader: next } = await servers.leader(epoch);
  {
    using link = await Link.open(next.port);
    await ask(link, 'delete marks/id=over\r\n', 'DELETED');
    for (let i = 0; i < BEFORE + MEANWHILE; i++) await ask(link, set(`new${i}`, 'new'), 'STORED');
  }
  links.push(...(await openAll(leader, MEANWHILE)));
  // One each: what appends something has all that is asked later wait for that.
  const asked = links.map(async (link, i) => {
    const { request, isTrue } = QUESTIONS[i % QUESTIONS.length]!;
    const answer = await link.ask(request(i));
    if (answer === undefined || /^SERVER_ERROR/.test(answer.line) || isTrue(answer)) return;
    const said = [answer.values[0]?.body, answer.line].filter((text) => text !== undefined).join(' ');
    account.isWrong('stale', `a leader that was paused answers ${request(i).trim()} with ${said}`);
  });
  leader.resume();
  // It may hold those that came while it was paused, and pass them on when it knows where to.
  await Promise.all(asked);
  for (const link of links) link.close();
}

async function openAll({ port }: TestServer, count: number): Promise<Link[]> {
  return Promise.all(Array.from({ length: count }, () => Link.open(port)));
}

function set(key: string, body: string): string {
  return `set ${key} 0 0 ${body.length}\r\n${body}\r\n`;
}

async function ask(link: Link, request: string, expected: string): Promise<void> {
  const answer = await link.ask(request);
  if (answer?.line !== expected) {
    throw new Error(`${request.trim()} was answered with ${answer?.line ?? 'a closed connection'}`);
  }
}
