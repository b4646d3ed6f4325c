import type { Command } from 'commander';
import type { Mistakes } from './mistakes.ts';
import { nearestHint } from './nearest.ts';

/**
 * Notes what is on the command line and means nothing: flags that there are not, and arguments that none takes. For
 * commands that allow both, since else only the first one is told, and nothing of what else is wrong.
 */
export function noteStrangers(command: Command, mistakes: Mistakes): void {
  const flags = command.options
    .flatMap(({ short, long }) => [short, long])
    .filter((flag) => flag !== undefined);
  const commands = command.commands.map((each) => each.name());
  const [first] = command.args;
  const unknown = command.args.filter((arg) => /^-./.test(arg));
  for (const flag of unknown) {
    const name = flag.replace(/=.*/s, '');
    if (flags.includes(name)) mistakes.add(0, `${name} takes no value`);
    else
      mistakes.add(
        0,
        `there is no flag ${name}; ${nearestHint(name, flags, '--help lists those there are')}`,
      );
  }
  // What follows such a flag may be its value.
  if (first === undefined || unknown.includes(first)) return;
  if (commands.length === 0)
    mistakes.add(0, `${JSON.stringify(first)} means nothing here; --help lists the flags`);
  else
    mistakes.add(
      0,
      `there is no command ${first}; ${nearestHint(first, commands, '--help lists those there are')}`,
    );
}
