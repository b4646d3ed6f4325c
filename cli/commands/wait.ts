import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { QueueDetail } from '../../server/http/schemas/queues.ts';
import { timeMs } from '../arguments.ts';
import type { Client } from '../client.ts';
import { ProblemError, WaitTimeoutError } from '../errors.ts';
import { count } from '../format.ts';
import { queuePath } from '../queue-path.ts';
import { openSession } from '../session.ts';

/** How often the server is asked, milliseconds. */
const LOOK_MS = 250;

/** `wait`: until a queue has nothing left to do. */
export function addWait(program: Command): void {
  program
    .command('wait')
    .description('wait until nothing waits or runs in a queue')
    .argument('<queue>')
    .option('--empty', 'what it waits for; there is nothing else yet')
    .option('--timeout <time>', 'how long at most: seconds, or 5m, 2h', timeMs)
    .action(wait);
}

async function wait(queue: string, { timeout }: { timeout?: number }, command: Command): Promise<void> {
  const { client } = openSession(command);
  const until = Date.now() + (timeout ?? Number.POSITIVE_INFINITY);
  for (;;) {
    const left = await leftIn(client, queue);
    if (left === 0) return;
    if (Date.now() >= until)
      throw new WaitTimeoutError(
        `${count(left)} ${left === 1 ? 'message waits or runs' : 'messages wait or run'} in ${queue} still`,
      );
    await sleep(Math.min(LOOK_MS, Math.max(until - Date.now(), 1)));
  }
}

async function leftIn(client: Client, queue: string): Promise<number> {
  try {
    const { ready, delayed, reserved } = await client.get<QueueDetail>(queuePath(queue));
    return ready + delayed + reserved;
  } catch (error) {
    // A queue is there from its first message on.
    if (error instanceof ProblemError && error.problem.status === 404) return 0;
    throw error;
  }
}
