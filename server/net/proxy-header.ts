import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/**
 * The header of the PROXY protocol, version 2, with which one server passes a client's connection to another one
 * (HAProxy, "The PROXY protocol", section 2.2): signature, version and command, family and transport, length; then both
 * addresses and fields of type, length, value.
 */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const HEAD = 16;

const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNIX = 0x31;

/** Bytes that the addresses of a family take. */
const ADDRESSES: ReadonlyMap<number, number> = new Map([
  [UNSPECIFIED, 0],
  [TCP4, 12],
  [TCP6, 36],
  [UNIX, 216],
]);

/** Fields of our own; the protocol leaves 0xe0 to 0xef to those who use it. */
const PURPOSE = 0xe0;
const RECEIVER = 0xe1;

/** Bytes behind the head that are read, far more than we write: nobody is to make a server keep 64 KiB for nothing. */
const MOST = 1024;

/** Where somebody is. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a passed connection is for. */
export type Purpose = 'memcache' | 'http';

/** What a server says of a connection that it passes. */
export interface ProxyHeader {
  /** Undefined: it came by a unix socket. */
  readonly client: Endpoint | undefined;
  /** Where the client has connected to. */
  readonly local: Endpoint | undefined;
  readonly purpose: Purpose;
  /** The id of the member that it is for; '' where it is not said. */
  readonly receiver: string;
}

/** What a decoder has found: the header and the bytes behind it, or why there is none. */
export type Found = { readonly header: ProxyHeader; readonly rest: Buffer } | { readonly refusal: string };

/** The bytes of a header. */
export function encodeProxyHeader({ client, local, purpose, receiver }: ProxyHeader): Buffer {
  const [family, addresses] = addressesOf(client, local);
  const fields = [field(PURPOSE, purpose), field(RECEIVER, receiver)];
  const body = Buffer.concat([addresses, ...fields]);
  const head = Buffer.alloc(HEAD);
  SIGNATURE.copy(head);
  head[12] = family === UNSPECIFIED ? LOCAL : PROXY;
  head[13] = family;
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, body]);
}

/** Takes the bytes of a connection as they come, until it is certain what they begin with. */
export class ProxyHeaderDecoder {
  #bytes = Buffer.alloc(0);

  /** Undefined as long as more has to come. The bytes are copied. */
  push(chunk: Buffer): Found | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const bytes = this.#bytes;
    const compared = Math.min(bytes.length, SIGNATURE.length);
    if (bytes.compare(SIGNATURE, 0, compared, 0, compared) !== 0)
      return { refusal: 'it does not begin with the signature of the PROXY protocol, version 2' };
    if (bytes.length < HEAD) return undefined;
    const length = bytes.readUInt16BE(14);
    const problem = headProblem(bytes[12]!, bytes[13]!, length);
    if (problem !== undefined) return { refusal: problem };
    const end = HEAD + length;
    if (bytes.length < end) return undefined;
    return decode(bytes.subarray(0, end), bytes.subarray(end));
  }
}

function headProblem(command: number, family: number, length: number): string | undefined {
  if (command >> 4 !== 2) return `version ${command >> 4} of the PROXY protocol; 2 is understood`;
  if (command !== LOCAL && command !== PROXY) return `there is no command ${command & 15}`;
  if (length > MOST) return `a header of ${length} bytes; ${MOST} are read`;
  // What a local connection says of addresses is to be ignored, but its fields stand behind them.
  const size = ADDRESSES.get(family);
  if (size === undefined) return `a family of addresses that is not TCP: 0x${family.toString(16)}`;
  return length < size ? `${length} bytes have no room for addresses of ${size}` : undefined;
}

function decode(header: Buffer, rest: Buffer): Found {
  const family = header[13]!;
  const isLocal = header[12] === LOCAL;
  const [client, local] = isLocal ? [] : endpointsIn(header, family);
  let purpose: string = 'memcache';
  let receiver = '';
  let at = HEAD + ADDRESSES.get(family)!;
  while (at < header.length) {
    const value = at + 3;
    const end = value > header.length ? value : value + header.readUInt16BE(at + 1);
    if (end > header.length) return { refusal: `a field that is cut off, at byte ${at}` };
    // All others are for those who know them.
    if (header[at] === PURPOSE) purpose = header.toString('latin1', value, end);
    if (header[at] === RECEIVER) receiver = header.toString('utf8', value, end);
    at = end;
  }
  if (purpose !== 'memcache' && purpose !== 'http')
    return { refusal: `a purpose that is not known: ${JSON.stringify(purpose)}` };
  return { header: { client, local, purpose, receiver }, rest };
}

/** The family, and both addresses as it has them. */
function addressesOf(
  client: Endpoint | undefined,
  local: Endpoint | undefined,
): readonly [family: number, bytes: Buffer] {
  if (client === undefined || local === undefined) return [UNSPECIFIED, Buffer.alloc(0)];
  const pair = [plain(client.address), plain(local.address)] as const;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(client.port, 0);
  ports.writeUInt16BE(local.port, 2);
  if (pair.every((address) => isIPv4(address)))
    return [TCP4, Buffer.concat([...pair.map(bytesOfIPv4), ports])];
  return [TCP6, Buffer.concat([...pair.map(bytesOfIPv6), ports])];
}

function endpointsIn(header: Buffer, family: number): readonly [Endpoint?, Endpoint?] {
  if (family !== TCP4 && family !== TCP6) return [];
  const size = family === TCP4 ? 4 : 16;
  const textOf = family === TCP4 ? textOfIPv4 : textOfIPv6;
  const ports = HEAD + 2 * size;
  return [0, 1].map((i) => ({
    address: textOf(header.subarray(HEAD + i * size, HEAD + (i + 1) * size)),
    port: header.readUInt16BE(ports + 2 * i),
  })) as [Endpoint, Endpoint];
}

/** An IPv4 address as such, also where the socket is of IPv6; without the name of an interface, which is another one elsewhere. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

function bytesOfIPv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function textOfIPv4(bytes: Buffer): string {
  return bytes.join('.');
}

function bytesOfIPv6(address: string): Buffer {
  // A URL has it in lower case, without an IPv4 address in it.
  const text = isIPv6(address)
    ? new URL(`http://[${address}]`).hostname.slice(1, -1)
    : `::ffff:${hex(address)}`;
  const [front = '', back] = text.split('::');
  const [before, behind] = [groupsOf(front), groupsOf(back ?? '')];
  const zeros = new Array<number>(8 - before.length - behind.length).fill(0);
  const bytes = Buffer.alloc(16);
  for (const [i, group] of [...before, ...zeros, ...behind].entries()) bytes.writeUInt16BE(group, 2 * i);
  return bytes;
}

function textOfIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return plain(new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address);
}

/** An IPv4 address as the last two groups of one of IPv6. */
function hex(address: string): string {
  const bytes = bytesOfIPv4(address);
  return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function field(type: number, value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const head = Buffer.from([type, bytes.length >> 8, bytes.length & 255]);
  return Buffer.concat([head, bytes]);
}
