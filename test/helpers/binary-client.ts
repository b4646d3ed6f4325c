import { TextClient } from './text-client.ts';

/** BinaryProtocolRevamped, "Command Opcodes". */
export const Opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  quit: 0x07,
  flush: 0x08,
  getq: 0x09,
  noop: 0x0a,
  version: 0x0b,
  getk: 0x0c,
  getkq: 0x0d,
  append: 0x0e,
  prepend: 0x0f,
  stat: 0x10,
  setq: 0x11,
  addq: 0x12,
  replaceq: 0x13,
  deleteq: 0x14,
  incrementq: 0x15,
  quitq: 0x17,
  flushq: 0x18,
  appendq: 0x19,
  prependq: 0x1a,
  verbosity: 0x1b,
  touch: 0x1c,
  gat: 0x1d,
  saslList: 0x20,
  saslAuth: 0x21,
  saslStep: 0x22,
} as const;

const HEADER_LENGTH = 24;
const REQUEST_MAGIC = 0x80;

export interface RequestFields {
  readonly key?: string;
  readonly value?: string | Buffer;
  readonly extras?: Buffer;
  readonly opaque?: number;
  readonly cas?: bigint;
  /** What the header says instead of the true length, to lie. */
  readonly bodyLength?: number;
  readonly keyLength?: number;
}

/** One request as bytes. Keys are latin1, one character a byte. */
export function request(opcode: number, fields: RequestFields = {}): Buffer {
  const { extras = Buffer.alloc(0), opaque = 0, cas = 0n } = fields;
  const key = Buffer.from(fields.key ?? '', 'latin1');
  const value = Buffer.from(fields.value ?? '');
  const header = Buffer.alloc(HEADER_LENGTH);
  header[0] = REQUEST_MAGIC;
  header[1] = opcode;
  header.writeUInt16BE(fields.keyLength ?? key.length, 2);
  header[4] = extras.length;
  header.writeUInt32BE(fields.bodyLength ?? extras.length + key.length + value.length, 8);
  header.writeUInt32BE(opaque, 12);
  header.writeBigUInt64BE(cas, 16);
  return Buffer.concat([header, extras, key, value]);
}

/** The extras of a store: flags and exptime. */
export function storeExtras(flags = 0, exptime = 0): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(flags, 0);
  extras.writeUInt32BE(exptime >>> 0, 4);
  return extras;
}

/** A SET, or another store that has flags and exptime. */
export function storeRequest(opcode: number, key: string, value: string | Buffer, opaque = 0): Buffer {
  return request(opcode, { key, value, opaque, extras: storeExtras() });
}

export interface Response {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  readonly cas: bigint;
  readonly extras: Buffer;
  /** Latin1. */
  readonly key: string;
  readonly value: Buffer;
}

/** A connection that speaks the binary protocol, request by request. */
export class BinaryClient {
  readonly connection: TextClient;

  private constructor(connection: TextClient) {
    this.connection = connection;
  }

  static async connect(port: number): Promise<BinaryClient> {
    return new BinaryClient(await TextClient.connect(port));
  }

  send(...requests: Buffer[]): void {
    this.connection.send(Buffer.concat(requests));
  }

  /** The next response; undefined when the server has closed. */
  async next(): Promise<Response | undefined> {
    const header = await this.connection.bytes(HEADER_LENGTH);
    if (header.length < HEADER_LENGTH) return undefined;
    if (header[0] !== 0x81) throw new Error(`not a binary response: ${header.toString('latin1')}`);
    const body = await this.connection.bytes(header.readUInt32BE(8));
    const keyStart = header[4];
    const valueStart = keyStart + header.readUInt16BE(2);
    return {
      opcode: header[1],
      status: header.readUInt16BE(6),
      opaque: header.readUInt32BE(12),
      cas: header.readBigUInt64BE(16),
      extras: body.subarray(0, keyStart),
      key: body.toString('latin1', keyStart, valueStart),
      value: body.subarray(valueStart),
    };
  }

  /** Sends a request that is answered once. */
  async ask(opcode: number, fields: RequestFields = {}): Promise<Response> {
    this.send(request(opcode, fields));
    const response = await this.next();
    if (response === undefined) throw new Error('the server has closed the connection');
    return response;
  }

  /** A SET's status. */
  async set(key: string, value: string | Buffer, flags = 0, exptime = 0): Promise<number> {
    return (await this.ask(Opcode.set, { key, value, extras: storeExtras(flags, exptime) })).status;
  }

  /** The value of a GET; undefined for a miss. */
  async get(key: string): Promise<Buffer | undefined> {
    const { status, value } = await this.ask(Opcode.get, { key });
    return status === 0 ? value : undefined;
  }

  /** Every response up to that of a NOOP sent behind `requests`, without it. */
  async exchange(...requests: Buffer[]): Promise<Response[]> {
    this.send(...requests, request(Opcode.noop, { opaque: 0xffff_ffff }));
    const responses: Response[] = [];
    for (let next = await this.next(); next !== undefined; next = await this.next()) {
      if (next.opcode === Opcode.noop) return responses;
      responses.push(next);
    }
    throw new Error(`the server has closed the connection after ${responses.length} responses`);
  }

  /** The statistics of one topic. */
  async stats(topic = ''): Promise<Map<string, string>> {
    this.send(request(Opcode.stat, { key: topic }));
    const stats = new Map<string, string>();
    for (let stat = await this.next(); stat !== undefined && stat.key !== ''; stat = await this.next()) {
      stats.set(stat.key, stat.value.toString('latin1'));
    }
    return stats;
  }

  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
