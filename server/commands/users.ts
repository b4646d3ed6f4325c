import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Mistakes } from '../../shared/mistakes.ts';
import { whyUnreadable } from '../../shared/unreadable.ts';

/**
 * Who may use the server. The file has one `user:password` a line, as memcached's `--auth-file`; blank lines are
 * skipped. Names and passwords are bytes, one latin1 character each.
 */
export class Users {
  readonly #digests: readonly Buffer[];

  private constructor(digests: readonly Buffer[]) {
    this.#digests = digests;
  }

  /** Throws a ConfigError that tells all that is wrong, with the file and the line. */
  static fromFile(path: string): Users {
    const mistakes = new Mistakes(path);
    const users = Users.read(path, mistakes);
    mistakes.throwIfAny();
    return users;
  }

  /** What is wrong is noted in `mistakes`, without what the line has, and left out. */
  static read(path: string, mistakes: Mistakes): Users {
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (error) {
      mistakes.addWhole(`(auth_file) cannot be read: ${whyUnreadable(path, error)}`);
      return new Users([]);
    }
    const digests: Buffer[] = [];
    const lines = text.split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const colon = line.indexOf(':');
      if (colon < 1) mistakes.add(index + 1, 'it must be user:password');
      else digests.push(digest(line.slice(0, colon), line.slice(colon + 1)));
    }
    if (lines.every((line) => line === ''))
      mistakes.addWhole('names no user: write user:password on each line');
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
