// The program of a child, one of the processes that run jobs. The parent forks it, sends it commands, and handles
// signals, since those of a terminal reach all processes.
import { MemqError } from '../../../shared/errors.ts';
import { EX_SOFTWARE } from '../../../shared/exit-status.ts';
import { enterDirectory } from '../../enter-directory.ts';
import { reasonOf } from '../../reason.ts';
import type { Assigned, AssignedJob, ChildCommand, ChildMessage, ChildOptions } from '../messages.ts';
import { RUNNING_JOBS_FD } from '../running-jobs.ts';
import { Child } from './child.ts';
import { currentJob } from './job-context.ts';

let child: Child | undefined;
/** Whether the parent has been told why it ends. */
let isEnding = false;

const sendToParent = channelToParent();
// A class may talk to a process manager by it; our parent would take that for a message of ours.
delete process.send;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const)
  process.on(signal, () => {});
// Without the parent nobody would end a job that never ends.
process.on('disconnect', () => process.exit(0));
const crash = (error: unknown) => {
  const assigned = currentJob();
  const whose = assigned && ` (in job ${assigned.job.id} of ${assigned.job.queue})`;
  const reason = `an error that nothing caught${whose ?? ''}: ${reasonOf(error)}`;
  leave({ type: 'dies', reason, culprit: culpritOf(assigned) }, EX_SOFTWARE);
};
process.on('uncaughtException', crash).on('unhandledRejection', crash);
// However it ends, unless it is killed: a job can do that as well.
process.on('exit', () => {
  if (!isEnding) send({ type: 'dies', reason: undefined, culprit: culpritOf(currentJob()) });
  child?.leave();
});
process.on('message', (command: ChildCommand) => {
  if (command.type === 'start') start(command.options);
  else if (command.type === 'end') end();
  else child?.handle(command);
});

async function start(options: ChildOptions): Promise<void> {
  try {
    enterDirectory(options.binding.worker.directory);
    child = new Child(options, RUNNING_JOBS_FD, send);
    await child.load();
  } catch (error) {
    if (!(error instanceof MemqError)) throw error;
    const { code, message, exitCode } = error;
    leave({ type: 'refused', code, message, exitCode }, exitCode);
  }
}

async function end(): Promise<void> {
  await child?.end();
  leave({ type: 'ends' }, 0);
}

function culpritOf(assigned: AssignedJob | undefined): Assigned | undefined {
  return assigned && { row: assigned.row, serial: assigned.serial };
}

function channelToParent(): (message: ChildMessage, sent: () => void) => void {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('this program is started by memq-consume');
  return (message, sent) => send(message, undefined, undefined, sent);
}

function send(message: ChildMessage): void {
  // When the parent is gone this does nothing, and `disconnect` follows.
  sendToParent(message, () => {});
}

/** Sends the last message, and ends once it is sent. */
function leave(message: ChildMessage, exitCode: number): void {
  isEnding = true;
  sendToParent(message, () => process.exit(exitCode));
}
