#!/usr/bin/env node
// Signals first: loading the rest takes a while, in which one may come.
import './cli/signals.ts';
import { EX_CONFIG, EX_SOFTWARE } from '../shared/exit-status.ts';

try {
  await import('./program.ts');
} catch (error) {
  // Node opens all modules at once.
  const isLimit = (error as NodeJS.ErrnoException).code === 'EMFILE';
  const text = isLimit
    ? 'the process may have too few files open: raise ulimit -n (LimitNOFILE= of systemd)'
    : String((error as Error).stack);
  process.stderr.write(`memq-server: ${text}\n`);
  process.exit(isLimit ? EX_CONFIG : EX_SOFTWARE);
}
