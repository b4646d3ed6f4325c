import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '../../shared/errors.ts';

/**
 * Who may use the server. The file has one `user:password` a line, as memcached's `--auth-file`; blank lines are
 * skipped. Names and passwords are bytes, one latin1 character each.
 */
export class Users {
  readonly #digests: readonly Buffer[];

  private constructor(digests: readonly Buffer[]) {
    this.#digests = digests;
  }

  /** Throws a ConfigError that names the file and the line. */
  static fromFile(path: string): Users {
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (error) {
      throw new ConfigError(`the auth file cannot be read: ${(error as Error).message}`);
    }
    const digests: Buffer[] = [];
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (line === '') continue;
      const colon = line.indexOf(':');
      if (colon < 1) throw new ConfigError(`${path}, line ${index + 1}: it must be user:password`);
      digests.push(digest(line.slice(0, colon), line.slice(colon + 1)));
    }
    if (digests.length === 0) throw new ConfigError(`${path} names no user`);
    return new Users(digests);
  }

  /** Whether a password is that of a user; takes the same time whatever is wrong. */
  #allow(user: string, password: string): boolean {
    const given = digest(user, password);
    let allowed = false;
    for (const known of this.#digests) allowed = timingSafeEqual(known, given) || allowed;
    return allowed;
  }

  /** Text protocol: the value of the first `set`, `user password` (protocol.txt, "Authentication"). */
  allowText(value: string): boolean {
    const blank = value.indexOf(' ');
    return blank > 0 && this.#allow(value.slice(0, blank), value.slice(blank + 1));
  }

  /** SASL PLAIN: `authorization NUL user NUL password` (RFC 4616, section 2). */
  allowPlain(value: string): boolean {
    const [, user, password, ...more] = value.split('\0');
    if (user === undefined || password === undefined || more.length > 0) return false;
    return this.#allow(user, password);
  }
}

function digest(user: string, password: string): Buffer {
  return createHash('sha256').update(`${user}\0${password}`, 'latin1').digest();
}
