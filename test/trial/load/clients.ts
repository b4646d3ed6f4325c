import { setTimeout as delay } from 'node:timers/promises';
import { type Account, bodyOf, type Job, type Queue } from './account.ts';
import type { Caller } from './caller.ts';
import type { Value } from './link.ts';

/** Of a reservation, seconds: longer than a lease of the cluster, and a takeover. */
export const LEASE_S = 10;
/** A read waits so long for a message. */
const WAIT_MS = 300;
/** More is not sent while so many wait. */
const MOST_WAITING = 3000;
const RESULT = 'as it should be';

/** What a client does again and again. */
export type Step = (caller: Caller, account: Account) => Promise<void>;

/** Sends a message, which has an id where it is to be reserved. */
export const produce =
  (queue: Queue): Step =>
  async (caller, account) => {
    if (account.backlog > MOST_WAITING) {
      await delay(WAIT_MS);
      caller.rests();
      return;
    }
    const job = account.send(queue);
    const body = bodyOf(job);
    const options = queue === 'jobs' ? `/id=${job.number}${job.number % 20 === 0 ? '/delay=1' : ''}` : '';
    await caller.ask(`set ${queue}${options} 0 0 ${body.length}\r\n${body}\r\n`, ({ line }) => {
      if (line !== 'STORED') throw new Error(`a set was answered with ${line}`);
      account.isStored(job);
    });
  };

/** Reserves by token, and finishes over whatever connection there is, as often as it takes to be answered. */
export const work: Step = async (caller, account) => {
  const asked = account.now;
  const reserve = `gats ${LEASE_S} jobs/t=${WAIT_MS}\r\n`;
  const got = await caller.ask(
    reserve,
    ({ values: [value] }) => {
      if (value === undefined) return undefined;
      const job = account.isHandedOut(value.body, asked);
      account.isHeld(job, asked);
      return { job, value };
    },
    { waitMs: WAIT_MS },
  );
  if (got === undefined) return;
  const { job, value } = got;
  const { request, mayEnd } = endOf(value, account.handedOut % 10);
  const isHeld = account.settle(job, mayEnd, asked);
  for (let attempt = 0; account.now - asked < 2 * LEASE_S * 1000; attempt++) {
    const answer = await caller.ask(request, ({ line }) => {
      const isDone = /^(DELETED|STORED)$/.test(line);
      if (isDone && mayEnd) account.isOver(job);
      if (!isDone && attempt === 0 && isHeld) account.leaseIsOver(job, asked, mayEnd ? 1 : 0);
      return line;
    });
    if (answer !== undefined) return;
  }
};

/** Mostly it is done, in one way or another; now and then it comes back. */
function endOf({ token }: Value, choice: number): { request: string; mayEnd: boolean } {
  const store = (what: string, text = '') =>
    `set jobs/${what}/lease=${token} 0 0 ${text.length}\r\n${text}\r\n`;
  if (choice === 0) return { request: store('return'), mayEnd: false };
  if (choice === 1) return { request: store('fail', 'on purpose'), mayEnd: false };
  if (choice < 6) return { request: store('close', RESULT), mayEnd: true };
  return { request: `delete jobs/lease=${token}\r\n`, mayEnd: true };
}

/** Opens and closes over one connection, which holds it. */
export const open: Step = async (caller, account) => {
  const asked = account.now;
  const job = await caller.ask(
    `get jobs/open/t=${WAIT_MS}\r\n`,
    ({ values: [value] }) => value && account.isHandedOut(value.body, asked),
    { waitMs: WAIT_MS },
  );
  if (job === undefined) return;
  account.settle(job, true);
  const close = `set jobs/close 0 0 ${RESULT.length}\r\n${RESULT}\r\n`;
  // A close that is refused leaves it open; over another connection there is nothing to close.
  for (let line: string | undefined; line === undefined; ) {
    line = await caller.ask(close, (answer) => {
      if (answer.line === 'STORED') account.isOver(job);
      return answer.line;
    });
  }
};

/** Takes for good: an answer that never comes may have taken something with it. */
export const take: Step = async (caller, account) => {
  const asked = account.now;
  await caller.ask(
    `get takes/t=${WAIT_MS}\r\n`,
    ({ values: [value] }) => {
      account.openTakes--;
      if (value !== undefined) account.isOver(account.isHandedOut(value.body, asked));
    },
    { waitMs: WAIT_MS, onSend: () => account.openTakes++ },
  );
};

/** Asks what became of a job. */
export const inspect: Step = async (caller, account) => {
  const job = account.recent('jobs');
  if (job === undefined) return delay(WAIT_MS);
  const asked = account.now;
  await caller.ask(`get jobs/id=${job.number}\r\n`, ({ values: [value] }) => {
    account.isSeen(job, value && stateOf(value.body, job), asked);
  });
  await delay(2);
};

function stateOf(text: string, { number }: Job): string {
  const { id, state } = JSON.parse(text) as { id: string; state: string };
  if (id !== String(number)) throw new Error(`asked for the status of ${number}, got that of ${id}`);
  return state;
}

/** Cancels one now and then. */
export const cancel: Step = async (caller, account) => {
  const job = account.recent('jobs');
  if (job === undefined || job.ended > 0) return delay(5);
  const asked = account.now;
  account.settle(job, true);
  await caller.ask(`delete jobs/id=${job.number}\r\n`, ({ line }) => {
    if (line === 'DELETED') account.isOver(job);
    else account.isSeen(job, undefined, asked, 1);
  });
  await delay(50);
};

/** Has the account know how many messages there are. */
export const count: Step = async (caller, account) => {
  await caller.ask('stats queues\r\n', ({ lines }) => {
    const figures = lines.map(
      (line) => /^STAT (?:jobs|takes):(?:waiting|delayed|reserved) (\d+)$/.exec(line)?.[1],
    );
    account.backlog = figures.reduce((sum, figure) => sum + Number(figure ?? 0), 0);
  });
  await delay(100);
};
