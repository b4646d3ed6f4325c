import type { Encoder } from './encoder.ts';
import type { Key } from './key.ts';
import { metaMiss, metaStatus, metaValue } from './meta-encoder.ts';
import type { Reply, Status, Value } from './reply.ts';
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
    const length = value.preface.length + value.end - value.start;
    const cas = request.verb === 'gets' || request.verb === 'gats' ? ` ${value.cas}` : '';
    return dataBlock(`VALUE ${key.text} ${value.flags} ${length}${cas}`, value);
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
