#!/usr/bin/env node
import { CommanderError } from 'commander';
import { errorCode, errorMessage, MemqError } from '../shared/errors.ts';
import { EX_IOERR, EX_SOFTWARE, EX_USAGE } from '../shared/exit-status.ts';
import { visible } from './format.ts';
import { createProgram } from './program.ts';

process.stdout.on('error', (error) => {
  // A reader that has seen enough, such as head, is no trouble.
  if (errorCode(error) === 'EPIPE') process.exit();
  process.stderr.write(`memq: standard output: ${error.message}\n`);
  process.exit(EX_IOERR);
});

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EX_USAGE);
    if (error instanceof MemqError) {
      process.stderr.write(`memq: ${visible(error.message)}\n`);
      process.exit(error.exitCode);
    }
    process.stderr.write(`memq: ${(error as Error).stack ?? errorMessage(error)}\n`);
    process.exit(EX_SOFTWARE);
  });
