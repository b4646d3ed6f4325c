import type { Encoder } from './encoder.ts';
import type { Key } from './key.ts';
import { metaMiss, metaStatus, metaValue } from './meta-encoder.ts';
import { INLINE_LIMIT, LateReply, lengthOf, type Reply, type Status, type Value } from './reply.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { Request } from './request.ts';
import { dataBlock, errorLine } from './text-lines.ts';

const STATUS: Readonly<Record<Status, string>> = {
  stored: 'STORED\r\n',
  not_stored: 'NOT_STORED\r\n',
  exists: 'EXISTS\r\n',
  deleted: 'DELETED\r\n',
  not_found: 'NOT_FOUND\r\n',
  touched: 'TOUCHED\r\n',
  ok: 'OK\r\n',
};

/** Most bytes of the line before a value, its key left out: three numbers, and what stands between them. */
const LINE_SIZE = 64;

/** `VALUE <key> <flags> <bytes> [<cas>]` and the value (protocol.txt, "Retrieval command"). */
class TextValue extends LateReply {
  readonly #key: Key;
  readonly #hasCas: boolean;

  constructor(key: Key, value: Value, hasCas: boolean) {
    super(value, '\r\n');
    this.#key = key;
    this.#hasCas = hasCas;
  }

  protected get headSize(): number {
    return LINE_SIZE + this.#key.text.length;
  }

  /** Piece by piece: a string of them would cost more than all the rest. */
  protected writeHead(writer: ReplyWriter): void {
    const { value } = this;
    writer.text('VALUE ');
    writer.text(this.#key.text);
    writer.text(' ');
    writer.number(value.flags);
    writer.text(' ');
    writer.number(lengthOf(value));
    if (this.#hasCas) {
      writer.text(' ');
      writer.number(value.cas);
    }
    writer.text('\r\n');
  }
}

/**
 * protocol.txt: the replies of each classic command. A meta command, which is one that has `meta`, has its own form of
 * what it may be answered with; errors are the same.
 */
export const textEncoder: Encoder = {
  status(request: Request, status: Status, cas = 0): Reply {
    if (request.meta !== undefined) return metaStatus(request, request.meta, status, cas);
    return STATUS[status];
  },

  problem: (_request, problem) => errorLine(problem),

  value(request: Request, key: Key, value: Value): Reply {
    if (request.meta !== undefined) return metaValue(request.meta, value);
    const hasCas = request.verb === 'gets' || request.verb === 'gats';
    const length = lengthOf(value);
    if (length <= INLINE_LIMIT) return new TextValue(key, value, hasCas);
    return dataBlock(`VALUE ${key.text} ${value.flags} ${length}${hasCas ? ` ${value.cas}` : ''}`, value);
  },

  miss: (request) => (request.meta === undefined ? '' : metaMiss(request, request.meta)),
  end: (request) => (request.meta === undefined ? 'END\r\n' : ''),
  version: (_request, version) => `VERSION ${version}\r\n`,
  noop: () => 'MN\r\n',
  quit: () => '',
  stat: (_request, name, value) => `STAT ${name} ${value}\r\n`,
  statsEnd: () => 'END\r\n',
  statsReset: () => 'RESET\r\n',
  saslMechanisms: () => 'ERROR\r\n',
  authenticated: () => 'ERROR\r\n',
};
