import type { Key } from './key.ts';
import type { Problem } from './problem.ts';
import { bodyBytes, INLINE_LIMIT, type Replies, type Reply, type Status, type Value } from './replies.ts';
import type { Command } from './request.ts';

const STATUS: Readonly<Record<Status, string>> = {
  stored: 'STORED\r\n',
  not_stored: 'NOT_STORED\r\n',
  exists: 'EXISTS\r\n',
  deleted: 'DELETED\r\n',
  not_found: 'NOT_FOUND\r\n',
  touched: 'TOUCHED\r\n',
  ok: 'OK\r\n',
};

/** protocol.txt, the replies of each classic command. `noreply` silences everything. */
export const textReplies: Replies = {
  status: (command, status) => (command.quiet ? '' : STATUS[status]),

  problem(command: Command, problem: Problem): Reply {
    return command.quiet && !problem.fatal ? '' : errorLine(problem);
  },

  value(command: Command, key: Key, value: Value): Reply {
    const length = value.preface.length + value.end - value.start;
    const cas = command.verb === 'gets' || command.verb === 'gats' ? ` ${value.cas}` : '';
    return dataBlock(`VALUE ${key.text} ${value.flags} ${length}${cas}`, value);
  },

  miss: () => '',
  end: () => 'END\r\n',
  version: (_command, version) => `VERSION ${version}\r\n`,
  noop: () => 'MN\r\n',
  stat: (_command, name, value) => `STAT ${name} ${value}\r\n`,
  statsEnd: () => 'END\r\n',
  saslMechanisms: () => 'ERROR\r\n',
  authenticated: (command) => (command.quiet ? '' : 'STORED\r\n'),
};

/** protocol.txt, "Error strings". */
export function errorLine(problem: Problem): string {
  switch (problem.kind) {
    case 'unknown':
      return 'ERROR\r\n';
    case 'client':
    case 'auth':
      return `CLIENT_ERROR ${printable(problem.text)}\r\n`;
    case 'full':
      return `SERVER_ERROR out of memory storing object: ${printable(problem.text)}\r\n`;
    default:
      return `SERVER_ERROR ${printable(problem.text)}\r\n`;
  }
}

/** A line, and behind it what the value is. */
export function dataBlock(line: string, value: Value): Reply {
  const head = `${line}\r\n${value.preface}`;
  const { body, start, end } = value;
  if (value.preface.length + end - start <= INLINE_LIMIT)
    return `${head}${body.toString('latin1', start, end)}\r\n`;
  return [head, bodyBytes(value), '\r\n'];
}

/** Error texts may quote what the client sent: nothing in them may end the line or steer a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\0-\x1f\x7f]/g, '?');
}
