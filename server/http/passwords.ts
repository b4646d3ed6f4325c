import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What a secret leaves in the file of users, as the PHC string format has it. */
export type SecretHash = PasswordHash | TokenHash | 'none';

interface PasswordHash {
  readonly kind: 'scrypt';
  /** scrypt's cost is two to this power, its block size, and its parallelism. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

interface TokenHash {
  readonly kind: 'sha256';
  readonly hash: string;
}

/** 16 MiB and about 50 ms. */
const COST = { ln: 14, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What is more takes too much memory for a request. */
const MAX_MEMORY = 64 * 1024 * 1024;

/** Undefined for what is no hash of ours. `*` is no secret at all: only a proxy may say who that is. */
export function parseHash(text: string): SecretHash | undefined {
  if (text === '*') return 'none';
  const [, token] = /^\$sha256\$([\w-]{43})$/.exec(text) ?? [];
  if (token !== undefined) return { kind: 'sha256', hash: token };
  const [, ln, r, p, salt = '', hash = ''] =
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(text) ?? [];
  if (ln === undefined) return undefined;
  const parsed = { kind: 'scrypt', ln: Number(ln), r: Number(r), p: Number(p) } as const;
  const memory = 128 * 2 ** parsed.ln * parsed.r;
  if (parsed.ln < 1 || parsed.r < 1 || parsed.p < 1 || parsed.p > 16 || memory > MAX_MEMORY) return undefined;
  return { ...parsed, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** A password's hash, as it stands in the file. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...COST, salt }, HASH_BYTES);
  const { ln, r, p } = COST;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** A new token, and its hash as it stands in the file. */
export function newToken(): { token: string; hash: string } {
  const token = `memq_${randomBytes(32).toString('base64url')}`;
  return { token, hash: `$sha256$${tokenHash(token)}` };
}

/** A token is random, so a fast hash without a salt does. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Whether it is the password of a user; undefined for nobody, which takes as long. */
export async function isPasswordOf(known: SecretHash | undefined, password: string): Promise<boolean> {
  const isReal = known !== undefined && known !== 'none' && known.kind === 'scrypt';
  const against = isReal ? known : NOBODY;
  const given = await derive(password, against, against.hash.length);
  return timingSafeEqual(given, against.hash) && isReal;
}

const NOBODY: PasswordHash = {
  kind: 'scrypt',
  ...COST,
  salt: randomBytes(SALT_BYTES),
  hash: randomBytes(HASH_BYTES),
};

/** Off the event loop, on one of the threads that the disk uses as well. */
function derive(
  password: string,
  { ln, r, p, salt }: Omit<PasswordHash, 'kind' | 'hash'>,
  bytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: 2 ** ln, r, p, maxmem: 2 * MAX_MEMORY };
    scrypt(password.normalize('NFC'), salt, bytes, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
