import type { Operation } from './operation.ts';

/** Whether an answer promises, with `--sync always`, that even a power cut leaves what it says. */
export function isSynced(operation: Operation, answer: unknown): boolean {
  switch (operation.type) {
    case 'enqueue':
    case 'retryFailed':
    case 'move':
      return (answer as number) > 0;
    case 'fail':
    case 'cancel':
    case 'discardFailed':
    case 'drop':
    case 'resume':
      return answer === true;
    case 'pause':
    case 'schedule':
      return true;
    // Of one queue only where there was something in it.
    case 'purge':
      return operation.queue === undefined;
    default:
      return false;
  }
}

/** Whether an answer promises that the end of the process leaves what it says. */
export function isWritten(operation: Operation, answer: unknown): boolean {
  switch (operation.type) {
    case 'read':
    case 'takeFailed':
      return answer !== undefined;
    case 'complete':
    case 'release':
    case 'extend':
      return answer === true;
    default:
      return isSynced(operation, answer);
  }
}
