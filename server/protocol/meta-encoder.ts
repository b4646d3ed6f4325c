import type { Key } from './key.ts';
import type { MetaRequest } from './meta-parser.ts';
import type { Problem } from './problem.ts';
import type { Replies, Reply, Status, Value } from './replies.ts';
import type { Command } from './request.ts';
import { dataBlock, errorLine, textReplies } from './text-encoder.ts';

const CODE: Readonly<Record<Status, string>> = {
  stored: 'HD',
  deleted: 'HD',
  touched: 'HD',
  ok: 'HD',
  not_stored: 'NS',
  not_found: 'NF',
  exists: 'EX',
};

/**
 * protocol.txt, "Meta Commands". What else is on such a connection is answered as classic text is. `q` hides a
 * miss of `mg` and the success of `ms` and `md`; everything else is answered, errors above all.
 */
export const metaReplies: Replies = {
  ...textReplies,

  status(command: Command, status: Status, cas = 0): Reply {
    const meta = requestOf(command);
    if (meta.name === 'mg' && status === 'not_found') return miss(command);
    const code = CODE[status];
    if (command.quiet && code === 'HD' && meta.name !== 'mg') return '';
    return `${code}${withValues(meta, command.bodyEnd - command.bodyStart, command.flags, cas)}\r\n`;
  },

  problem: (_command: Command, problem: Problem) => errorLine(problem),

  value(command: Command, _key: Key, value: Value): Reply {
    const meta = requestOf(command);
    const length = value.preface.length + value.end - value.start;
    const flags = withValues(meta, length, value.flags, value.cas);
    return meta.wantsValue ? dataBlock(`VA ${length}${flags}`, value) : `HD${flags}\r\n`;
  },

  miss,
  end: () => '',
};

function miss(command: Command): Reply {
  if (command.quiet) return '';
  let line = 'EN';
  // Without a message there is nothing that the other flags could say.
  for (const word of requestOf(command).returned)
    if (word.startsWith('O') || word.startsWith('k')) line += ` ${word}`;
  return `${line}\r\n`;
}

/** The answered flags, each with a blank before it. */
function withValues(meta: MetaRequest, size: number, flags: number, cas: number): string {
  let text = '';
  for (const word of meta.returned) {
    text += ` ${word}`;
    if (word === 's') text += size;
    else if (word === 'f') text += flags;
    else if (word === 'c') text += cas;
  }
  return text;
}

/** The parser gives one to every command that is answered with more than an error. */
function requestOf(command: Command): MetaRequest {
  return command.meta as MetaRequest;
}
