import { Command } from 'commander';
import { VERSION } from '../shared/version.ts';
import { DEFAULT_URL } from './client.ts';
import { addActingVerbs } from './commands/act.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addEnqueue } from './commands/enqueue.ts';
import { addLookingVerbs } from './commands/look.ts';
import { addOtherVerbs } from './commands/others.ts';
import { addQueueVerbs } from './commands/queue-admin.ts';
import { addTop } from './commands/top.ts';
import { addWait } from './commands/wait.ts';

/** All verbs of `memq`. */
export function createProgram(): Command {
  const program = new Command('memq')
    .description('Look at a memq-server, and act on what is there.')
    .version(VERSION)
    .option(
      '--url <url>',
      `the server's HTTP address, also MEMQ_URL: http(s)://HOST[:PORT][/BASE] or unix:/PATH (${DEFAULT_URL})`,
    )
    .option('--cacert <file>', 'the authority that signed its certificate (PEM)')
    .option('--json', 'JSON: one object, or one a line')
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      `
MEMQ_TOKEN is sent as the login. Tables on a terminal, tab-separated values in a pipe.

Ends with 0. 1: nothing fits, or there is no such thing; 64: wrong usage, or nobody agreed; 65: the server refuses what it was
given; 69: no server; 70: internal error; 73: it exists, or is in the wrong state; 74: the output cannot be written; 75: try again later; 77: the login is refused,
or may not do that; 78: wrong configuration; 124: the time of a wait is over.`,
    )
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'memq: ')) })
    .exitOverride();
  addLookingVerbs(program);
  addEnqueue(program);
  addActingVerbs(program);
  addQueueVerbs(program);
  addOtherVerbs(program);
  addWait(program);
  addTop(program);
  addCheck(program);
  addCompletion(program);
  return program;
}
