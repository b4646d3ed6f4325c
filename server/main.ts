#!/usr/bin/env node
// Signals first: loading the rest takes a while, in which one may come.
import './cli/signals.ts';
import { EX_CONFIG } from '../shared/exit-status.ts';

try {
  await import('./program.ts');
} catch (error) {
  // Node opens all modules at once.
  if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
  process.stderr.write(
    'memq-server: the process may have too few files open: raise ulimit -n (LimitNOFILE= of systemd)\n',
  );
  process.exit(EX_CONFIG);
}
