import { Violation } from './machine.ts';

/**
 * The engine's ids by the numbers of the model: whatever they are, a message keeps its own, and no other ever has it.
 * Nor is a token given twice.
 */
export class Identities {
  readonly #ids = new Map<string, number>();
  readonly #messages = new Map<number, string>();
  readonly #tokens = new Set<number>();

  copy(): Identities {
    const twin = new Identities();
    for (const [message, id] of this.#ids) twin.#ids.set(message, id);
    for (const [id, message] of this.#messages) twin.#messages.set(id, message);
    for (const token of this.#tokens) twin.#tokens.add(token);
    return twin;
  }

  note(client: string, number: number, id: number): void {
    const message = `${client}'s message ${number}`;
    const known = this.#ids.get(message) ?? id;
    const other = this.#messages.get(id) ?? message;
    if (known !== id) throw new Violation(`${message} had the id ${known}, and now has ${id}`);
    if (other !== message) throw new Violation(`the id ${id} is that of ${other} and of ${message}`);
    if (this.#tokens.has(id)) throw new Violation(`${id} is the id of ${message}, and was a token`);
    this.#ids.set(message, id);
    this.#messages.set(id, message);
  }

  noteToken(token: number): void {
    if (this.#tokens.has(token)) throw new Violation(`the token ${token} is given a second time`);
    if (this.#messages.has(token)) throw new Violation(`the token ${token} is an id`);
    this.#tokens.add(token);
  }
}
