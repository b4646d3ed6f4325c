import type { Operation } from './operation.ts';

/**
 * Whether an answer promises, with `--sync always`, that even a power cut leaves what it says, and all that it has seen:
 * so does one that says no.
 */
export function isSynced(operation: Operation, answer: unknown): boolean {
  switch (operation.type) {
    case 'enqueue':
    case 'retryFailed':
    case 'move':
    case 'status':
    case 'cancel':
    case 'discardFailed':
    case 'drop':
    case 'pause':
    case 'resume':
    case 'purge':
    case 'runNow':
    case 'setDisabled':
    case 'schedule':
      return true;
    // That nothing is held has to be written only.
    case 'fail':
      return answer === true;
    default:
      return false;
  }
}

/** Whether an answer only tells what it has seen, and may have left nothing to write that it could wait for. */
export function isTelling(operation: Operation, answer: unknown): boolean {
  if (typeof answer === 'number') return answer <= 0;
  return operation.type === 'status' || answer === false || answer === undefined;
}

/** Whether an answer promises that the end of the process leaves what it says, and all that it has seen. */
export function isWritten(operation: Operation, answer: unknown): boolean {
  switch (operation.type) {
    case 'read':
    case 'takeFailed':
    case 'complete':
    case 'release':
    case 'extend':
    case 'progress':
    case 'fail':
      return true;
    // What is there is told at once.
    case 'peek':
      return answer === undefined;
    default:
      return isSynced(operation, answer);
  }
}
