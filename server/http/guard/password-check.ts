import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isPasswordOf } from '../passwords.ts';
import { Problem } from '../problem.ts';
import type { HttpUser, HttpUsers } from '../users.ts';
import { FailedLogins } from './failed-logins.ts';

interface Login {
  readonly name: string;
  readonly password: string;
  readonly address: string;
}

/** Passwords that may wait for the one that is looked at. */
const MOST_WAITING = 4;
/** Who may wait because of wrong ones before. */
const MOST_PAUSED = 64;
/** Right passwords that are known again without any work. */
const MOST_KNOWN = 1000;

/**
 * Finds out whether passwords are right. That is much work on purpose, and done on threads that the disk needs as well: one at a
 * time, and few may wait, of an address only one. What was right once is known again at once, so that nobody's guesses keep
 * those out who work here.
 */
export class PasswordCheck {
  readonly #failed = new FailedLogins();
  readonly #secret = randomBytes(32);
  /** Of which users the right ones are known. */
  #users: HttpUsers | undefined;
  #known = new Map<string, HttpUser>();
  /** By what they have sent: whoever sends the same meanwhile gets the same answer. A browser asks for six things at a time. */
  readonly #underWay = new Map<string, Promise<HttpUser | undefined>>();
  /** Addresses whose passwords wait, or are looked at. */
  readonly #waiting = new Set<string>();
  /** Addresses and names that have failed too often to be looked at right now. */
  readonly #paused = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  /** Undefined for a wrong one. Rejects with a Problem when too many wait. */
  async userOf(users: HttpUsers, login: Login): Promise<HttpUser | undefined> {
    if (users !== this.#users) {
      this.#users = users;
      this.#known = new Map();
      this.#underWay.clear();
    }
    const fingerprint = this.#fingerprint(login);
    const known = this.#known.get(fingerprint) ?? this.#underWay.get(fingerprint);
    if (known !== undefined) return known;
    const answer = this.#find(users, login, fingerprint).finally(() => {
      if (this.#underWay.get(fingerprint) === answer) this.#underWay.delete(fingerprint);
    });
    this.#underWay.set(fingerprint, answer);
    return answer;
  }

  async #find(users: HttpUsers, login: Login, fingerprint: string): Promise<HttpUser | undefined> {
    const { address } = login;
    await this.#pause(login);
    if (this.#waiting.size > MOST_WAITING || this.#waiting.has(address)) throw tooMany(1);
    this.#waiting.add(address);
    const turn = this.#last.then(() => this.#check(users, login, fingerprint));
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#waiting.delete(address);
    }
  }

  /** Who has failed too often waits, and is looked at then: the right password is not refused for the wrong ones before it. */
  async #pause({ address, name }: Login): Promise<void> {
    const ms = this.#failed.pauseMs(address, name);
    if (ms === 0) return;
    const pair = JSON.stringify([address, name]);
    if (this.#paused.has(pair) || this.#paused.size >= MOST_PAUSED) throw tooMany(Math.ceil(ms / 1000));
    this.#paused.add(pair);
    await delay(ms);
    this.#paused.delete(pair);
  }

  async #check(
    users: HttpUsers,
    { name, password, address }: Login,
    fingerprint: string,
  ): Promise<HttpUser | undefined> {
    const user = users.named(name);
    if (!(await isPasswordOf(user?.secret, password))) {
      this.#failed.add(address, name);
      return undefined;
    }
    if (users !== this.#users) return user;
    const known = this.#known;
    for (const oldest of known.keys()) {
      if (known.size < MOST_KNOWN) break;
      known.delete(oldest);
    }
    known.set(fingerprint, user as HttpUser);
    return user;
  }

  /** The password itself is not kept. */
  #fingerprint({ name, password }: Login): string {
    return createHmac('sha256', this.#secret).update(`${name}:${password}`).digest('base64');
  }
}

function tooMany(retryAfterSeconds: number): Problem {
  return new Problem(429, 'too-many-logins', 'too many try to log in at a time', { retryAfterSeconds });
}
