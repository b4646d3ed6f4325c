import type { Problem } from './problem.ts';
import { bodyBytes, INLINE_LIMIT, InlineValue, lengthOf, type Reply, type Value } from './reply.ts';

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
  if (lengthOf(value) <= INLINE_LIMIT) return new InlineValue(`${line}\r\n`, value, '\r\n');
  return [`${line}\r\n${value.preface}`, bodyBytes(value), '\r\n'];
}

/** Error texts may quote what the client sent: nothing in them may end the line or steer a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\0-\x1f\x7f]/g, '?');
}
