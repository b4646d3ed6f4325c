// Runs in the parent.
import type { Exit } from './worker-process.ts';

/** Why a process ended. */
export function exitText({ code, signal, crash, isOutOfMemory, killedAt }: Exit): string {
  if (killedAt !== undefined) return 'its process was killed, since a job ran longer than its timeout';
  if (crash !== undefined) return `its process ended: ${crash}`;
  const how = signal === null ? `with exit status ${code}` : `by ${signal}`;
  if (isOutOfMemory) return `its process was out of memory, and ended ${how}`;
  // Nobody but people and the kernel send it.
  const who =
    signal === 'SIGKILL' ? ', as by kill -9, or by the kernel when the machine is out of memory' : '';
  return `its process ended ${how}${who}`;
}

/** Why a process ended that ran no job, with what it printed last. */
export function crashText(exit: Exit): string {
  return [exitText(exit), ...exit.lastLines].join('\n');
}
