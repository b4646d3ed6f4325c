import { chdir } from 'node:process';
import { ConfigError } from '../shared/errors.ts';
import { whyUnreadable } from '../shared/unreadable.ts';

/**
 * Makes the configuration's directory the working directory, for code of classes: cron starts memq-consume anywhere.
 *
 * @throws ConfigError when it is not there any more
 */
export function enterDirectory(directory: string): void {
  try {
    chdir(directory);
  } catch (error) {
    throw new ConfigError(
      `the directory of the configuration cannot be entered: ${whyUnreadable(directory, error)}`,
    );
  }
}
