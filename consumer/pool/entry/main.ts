import { MemqError } from '../../../shared/errors.ts';
import { reasonOf } from '../../class-executor.ts';
import { BOARD_FD } from '../board.ts';
import type { News, Order } from '../messages.ts';
import { Child } from './child.ts';

/** A child's program. The parent says what to do, and sees to signals: those of a terminal reach all processes. */
let child: Child | undefined;

const tell = process.send!.bind(process);
// What a class says to those who have started it, as for a process manager, is not meant for our parent.
delete process.send;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const)
  process.on(signal, () => {});
// Without the parent nobody would end a job that never ends.
process.on('disconnect', () => process.exit(0));
const crash = (error: unknown) => {
  leave({ type: 'crashed', reason: `an error that nothing caught: ${reasonOf(error)}` }, 70);
};
process.on('uncaughtException', crash).on('unhandledRejection', crash);
// However it ends, unless it is killed: a job can do that as well.
process.on('exit', () => child?.leave());
process.on('message', (order: Order) => {
  if (order.type === 'start') start(order);
  else child?.obey(order);
});

async function start({ assignment }: Extract<Order, { type: 'start' }>): Promise<void> {
  try {
    child = new Child(assignment, send);
    leave({ type: 'end', reason: await child.work(BOARD_FD) }, 0);
  } catch (error) {
    if (!(error instanceof MemqError)) throw error;
    const { code, message, exitCode } = error;
    leave({ type: 'refused', code, message, exitCode }, exitCode);
  }
}

function send(news: News): void {
  // A parent that is gone hears nothing; `disconnect` follows.
  tell(news, undefined, undefined, () => {});
}

/** Says a last word, and ends once it is said. */
function leave(news: News, exitCode: number): void {
  tell(news, undefined, undefined, () => process.exit(exitCode));
}
