import type { Reply, Status, Value } from './reply.ts';
import type { Meta, Request } from './request.ts';
import { dataBlock } from './text-lines.ts';

const CODE: Readonly<Record<Status, string>> = {
  stored: 'HD',
  deleted: 'HD',
  touched: 'HD',
  ok: 'HD',
  not_stored: 'NS',
  not_found: 'NF',
  exists: 'EX',
};

// protocol.txt, "Meta Commands": `q` hides a miss of `mg` and the success of `ms` and `md`, and nothing else.

export function metaStatus(request: Request, meta: Meta, status: Status, cas: number): Reply {
  if (meta.name === 'mg' && status === 'not_found') return metaMiss(request, meta);
  const code = CODE[status];
  if (request.quiet && code === 'HD' && meta.name !== 'mg') return '';
  return `${code}${withValues(meta, request.bodyEnd - request.bodyStart, request.flags, cas)}\r\n`;
}

export function metaValue(meta: Meta, value: Value): Reply {
  const length = value.preface.length + value.end - value.start;
  const flags = withValues(meta, length, value.flags, value.cas);
  return meta.wantsValue ? dataBlock(`VA ${length}${flags}`, value) : `HD${flags}\r\n`;
}

export function metaMiss(request: Request, meta: Meta): Reply {
  if (request.quiet) return '';
  let line = 'EN';
  // Without a message there is nothing that the other flags could say.
  for (const word of meta.returned) if (word.startsWith('O') || word.startsWith('k')) line += ` ${word}`;
  return `${line}\r\n`;
}

/** The flags that are sent back, each with a blank before it. */
function withValues(meta: Meta, size: number, flags: number, cas: number): string {
  let text = '';
  for (const word of meta.returned) {
    text += ` ${word}`;
    if (word === 's') text += size;
    else if (word === 'f') text += flags;
    else if (word === 'c') text += cas;
  }
  return text;
}
