import { Argument, type Command, type Option } from 'commander';
import type { Queue } from '../../server/http/schemas/queues.ts';
import { openSession } from '../session.ts';

/** Queues that are offered at most, and how long the shell waits for them, milliseconds. */
const MOST_QUEUES = 100;
const PATIENCE_MS = 1000;
/** What arguments that stand for a queue are called. */
const OF_QUEUES: ReadonlySet<string> = new Set(['queue', 'glob', 'to']);

const SCRIPTS = {
  // Bash has split words at colons, which names of queues have.
  bash: `_memq() {
  local line="\${COMP_LINE:0:COMP_POINT}" words cur
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur="\${words[-1]}"
  local IFS=$'\\n'
  COMPREPLY=( $(memq complete -- "\${words[@]:1}" 2>/dev/null) )
  [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=( "\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}" )
}
complete -F _memq memq
`,
  zsh: `#compdef memq
_memq() {
  local -a found
  found=("\${(@f)$(memq complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _memq memq
`,
  fish: `complete -c memq -f -a '(memq complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

/** `completion`: what a shell loads so that the tab key knows verbs, options and queues. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('a script for the shell: eval "$(memq completion bash)"')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => {
      process.stdout.write(SCRIPTS[shell]);
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[], _options, command: Command) => {
      const found = await complete(program, words, command);
      process.stdout.write(found.map((each) => `${each}\n`).join(''));
    });
}

/** What the last of the words may become. */
async function complete(program: Command, words: readonly string[], command: Command): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const { verb, place, option } = read(program, words.slice(0, -1));
  if (option !== undefined) {
    if (option.attributeName() === 'queue') return await queues(last, command);
    return fitting(option.argChoices ?? [], last);
  }
  if (last.startsWith('-')) return fitting([...flagsOf(program), ...(verb ? flagsOf(verb) : [])], last);
  if (verb === undefined) return fitting(verbs(program), last);
  const argument = verb.registeredArguments[place];
  if (argument === undefined) return [];
  return OF_QUEUES.has(argument.name())
    ? await queues(last, command)
    : fitting(argument.argChoices ?? [], last);
}

interface Place {
  readonly verb: Command | undefined;
  /** Of which argument of the verb it is the turn. */
  readonly place: number;
  /** Whose value it is the turn of. */
  readonly option: Option | undefined;
}

/** Where one is after these words. What they say about the server holds. */
function read(program: Command, words: readonly string[]): Place {
  let verb: Command | undefined;
  let place = 0;
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) {
      program.setOptionValue(option.attributeName(), word);
      option = undefined;
    } else if (word.startsWith('-')) {
      const known = [...program.options, ...(verb?.options ?? [])];
      option = known.find((each) => each.long === word && each.required);
    } else if (verb === undefined) verb = program.commands.find((each) => each.name() === word);
    else place++;
  }
  return { verb, place, option };
}

function verbs(program: Command): string[] {
  return program.commands.map((each) => each.name()).filter((name) => name !== 'complete');
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ long }) => long ?? []);
}

function fitting(all: readonly string[], beginning: string): string[] {
  return all.filter((each) => each.startsWith(beginning));
}

/**
 * As they stand in a path: names may have anything in them that a shell would do. No server, or a slow one, is no reason to
 * disturb who types.
 */
async function queues(beginning: string, command: Command): Promise<string[]> {
  try {
    const { client } = openSession(command);
    const query = beginning.startsWith('~') ? {} : { q: `${beginning}*` };
    const asked = client.get<{ items: Queue[] }>('/queues', { ...query, limit: MOST_QUEUES });
    const late = new Promise<{ items: Queue[] }>((resolve) =>
      setTimeout(() => resolve({ items: [] }), PATIENCE_MS).unref(),
    );
    const { items } = await Promise.race([asked, late]);
    return fitting(
      items.map(({ key }) => key),
      beginning,
    );
  } catch {
    return [];
  }
}
