import { readFileSync } from 'node:fs';
import { Mistakes } from '../../shared/mistakes.ts';
import { whyUnreadable } from '../../shared/unreadable.ts';
import { parseHash, type SecretHash, tokenHash } from './passwords.ts';
import { isRole, ROLES, type Role } from './role.ts';

export interface HttpUser {
  readonly name: string;
  readonly role: Role;
  readonly secret: SecretHash;
}

/**
 * Who may use HTTP, and as what. The file has one `name:role:hash` a line, in UTF-8; `http-user` prints these. Blank lines
 * and those that begin with `#` are skipped.
 */
export class HttpUsers {
  readonly #byName = new Map<string, HttpUser>();
  readonly #byToken = new Map<string, HttpUser>();

  /** Throws a ConfigError that tells all that is wrong, with the file and the line. */
  static fromFile(path: string): HttpUsers {
    const mistakes = new Mistakes(path);
    const users = HttpUsers.read(path, mistakes);
    mistakes.throwIfAny();
    return users;
  }

  /** What is wrong is noted in `mistakes`, without the hashes, and left out. */
  static read(path: string, mistakes: Mistakes): HttpUsers {
    const users = new HttpUsers();
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      mistakes.addWhole(`(http_auth_file) cannot be read: ${whyUnreadable(path, error)}`);
      return users;
    }
    const lines = text.split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      if (line === '' || line.startsWith('#')) continue;
      mistakes.note(index + 1, '', () => users.#add(line));
    }
    if (lines.every((line) => line === '' || line.startsWith('#')))
      mistakes.addWhole('names no user: write a line that memq-server http-user prints');
    return users;
  }

  named(name: string): HttpUser | undefined {
    return this.#byName.get(name);
  }

  withToken(token: string): HttpUser | undefined {
    return this.#byToken.get(tokenHash(token));
  }

  #add(line: string): void {
    const [, name, role = '', hash = ''] = /^([^:]+):([^:]*):(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error('it must be name:role:hash');
    if (!isRole(role)) throw new Error(`"${role}" is not ${ROLES.join(' or ')}`);
    const secret = parseHash(hash);
    if (secret === undefined) throw new Error(`the hash of ${name} is none that http-user prints`);
    if (this.#byName.has(name)) throw new Error(`${name} is already there`);
    const user = { name, role, secret };
    this.#byName.set(name, user);
    if (secret !== 'none' && secret.kind === 'sha256') this.#byToken.set(secret.hash, user);
  }
}
