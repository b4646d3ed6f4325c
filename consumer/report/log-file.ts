import { closeSync, openSync } from 'node:fs';
import { destination } from 'pino';
import { ConfigError, errorMessage } from '../../shared/errors.ts';
import { whyUnreadable } from '../../shared/unreadable.ts';
import { jsonReport } from './json-report.ts';
import type { ReportOutput } from './report.ts';

/** How much is kept while lines cannot be written, in bytes. */
export const MAX_BACKLOG = 1024 * 1024;

/**
 * JSON lines at the end of a file. `onTrouble` is called when it cannot be written: once, until the file is opened anew.
 *
 * @throws ConfigError when the file cannot be opened
 */
export function logFileReport(
  file: string,
  level: string,
  title: string,
  onTrouble: (text: string) => void,
): ReportOutput {
  tryOpen(file);
  const stream = destination({ dest: file, sync: true, maxLength: MAX_BACKLOG });
  let isTold = false;
  stream.on('error', (error: Error) => {
    if (!isTold) onTrouble(`the log file ${file} cannot be written: ${error.message}`);
    isTold = true;
  });
  return {
    ...jsonReport(level, title, stream),
    reopen: () => {
      isTold = false;
      try {
        // A stream that fails to open its file again is of no use any more; this one goes on with the old one.
        tryOpen(file);
        stream.reopen();
      } catch (error) {
        onTrouble(errorMessage(error));
      }
    },
  };
}

function tryOpen(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new ConfigError(`the log file ${file} cannot be opened: ${whyUnreadable(file, error)}`);
  }
}
