import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { UsageError } from '../../shared/errors.ts';
import { hashPassword, newToken } from '../http/passwords.ts';
import { ROLES, type Role } from '../http/role.ts';

/** Shorter ones are found by guessing. */
const LEAST_CHARACTERS = 8;

interface Options {
  readonly role: Role;
  readonly token?: true;
}

/** `memq-server http-user NAME --role ROLE`: prints a line for the file of those who may use HTTP. */
export function httpUserCommand(): Command {
  return new Command('http-user')
    .description('print a line for --http-auth-file: a user with a password, or a script with a token')
    .argument('<name>', 'who it is')
    .addOption(
      new Option('--role <role>', 'what they may do, each more than the one before')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option('--token', 'make a token, and print it on standard error, instead of asking for a password')
    .addHelpText(
      'after',
      '\nThe password is asked for on a terminal, else it is the first line of standard input.',
    )
    .action(run);
}

async function run(name: string, { role, token }: Options): Promise<void> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line of them must be one
  if (!/^[^:#\u0000-\u001f\u007f][^:\u0000-\u001f\u007f]*$/.test(name))
    throw new UsageError(`${JSON.stringify(name)} is no name: it is empty, or has a colon, or begins with #`);
  const hash = token ? madeToken() : await hashPassword(await askedPassword());
  process.stdout.write(`${name}:${role}:${hash}\n`);
}

function madeToken(): string {
  const { token, hash } = newToken();
  process.stderr.write(`The token, which is kept nowhere: ${token}\n`);
  return hash;
}

async function askedPassword(): Promise<string> {
  const [password, again] = process.stdin.isTTY ? await typedTwice() : await firstLine();
  if (password !== again) throw new UsageError('these are not the same');
  if ([...password].length < LEAST_CHARACTERS)
    throw new UsageError(`the password has to have ${LEAST_CHARACTERS} characters`);
  return password;
}

async function firstLine(): Promise<[string, string]> {
  const line = (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? '';
  return [line, line];
}

/** Without showing it. */
async function typedTwice(): Promise<[string, string]> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const ask = async (prompt: string) => {
    process.stderr.write(prompt);
    const line = await terminal.question('');
    process.stderr.write('\n');
    return line;
  };
  try {
    return [await ask('Password: '), await ask('Again: ')];
  } finally {
    terminal.close();
  }
}
