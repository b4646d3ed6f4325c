import { expect } from 'vitest';
import type { Block } from './pages.ts';
import { TextClient } from './text-client.ts';

/** A line of an example, as docs/protocol.md explains it: `> get q`, `2< END`, `> (closes)`. */
interface Line {
  /** Which connection: 1 where there is only one. */
  readonly connection: number;
  readonly isSent: boolean;
  readonly text: string;
}

export interface Example {
  /** What the server of this example is started with; undefined where any server will do. */
  readonly args: readonly string[] | undefined;
  readonly lines: readonly Line[];
}

const CLOSES = '(closes)';
/** Any number of lines. */
const SOME_LINES = '…';
/** What the server gives out, and a later line says again. */
const NAME = /TOKEN\d?|\bID\b/g;

export function readExample({ text, line: first }: Block): Example {
  const lines: Line[] = [];
  let args: string[] | undefined;
  for (const [i, line] of text.trimEnd().split('\n').entries()) {
    const [, connection = '1', arrow, said = ''] = /^([1-9])?([<>])(?: (.*))?$/.exec(line) ?? [];
    if (line.startsWith('$ memq-server ') && i === 0) args = line.split(' ').slice(2);
    else if (arrow !== undefined)
      lines.push({ connection: Number(connection), isSent: arrow === '>', text: said });
    else if (!line.startsWith('# '))
      throw new Error(`line ${first + i + 1}: neither sent nor answered: ${line}`);
  }
  return { args, lines };
}

/** The lines that a client sends which are commands, not bodies. */
export function commandsOf({ lines }: Example): string[] {
  const sent = lines.filter(({ isSent, text }) => isSent && text !== CLOSES).map(({ text }) => text);
  return sent.filter((_, i) => i === 0 || !/^(?:set|add|replace|append|prepend|cas|ms) /.test(sent[i - 1]!));
}

/** Says to a server what the example says, and expects the answers that it shows, and no other. */
export async function runExample({ lines }: Example, port: number): Promise<void> {
  const connections = new Map<number, Talk>();
  const known = new Map<string, string>();
  try {
    for (const { connection, isSent, text } of lines) {
      const talk = connections.get(connection) ?? new Talk(await TextClient.connect(port));
      connections.set(connection, talk);
      if (isSent) talk.say(text.replace(NAME, (name) => known.get(name) ?? name));
      else await talk.hears(text, known);
    }
    for (const talk of connections.values()) await talk.end();
  } finally {
    for (const talk of connections.values()) talk.client.close();
  }
}

class Talk {
  readonly client: TextClient;
  readonly #unread: string[] = [];
  #hasEnded = false;
  /** Lines may be passed over until one is as it should be. */
  #isLenient = false;

  constructor(client: TextClient) {
    this.client = client;
  }

  say(text: string): void {
    if (text === CLOSES) this.client.socket.end();
    else this.client.send(`${text}\r\n`);
    this.#hasEnded ||= text === CLOSES;
  }

  async hears(text: string, known: Map<string, string>): Promise<void> {
    if (text === SOME_LINES) {
      this.#isLenient = true;
      return;
    }
    if (text === CLOSES) {
      this.#hasEnded = true;
      expect([...this.#unread, (await this.client.rest()).toString('latin1')].join('\n')).toBe('');
      return;
    }
    const names: string[] = [];
    const pattern = new RegExp(`^${patternOf(text, known, names)}$`);
    let line = await this.#line();
    while (this.#isLenient && line !== undefined && !pattern.test(line)) line = await this.#line();
    this.#isLenient = false;
    const match = pattern.exec(line ?? 'the connection is closed');
    if (match === null) expect(line).toBe(text);
    for (const [i, name] of names.entries()) known.set(name, match![i + 1]!);
  }

  /** Nothing is left to be heard. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.say('mn');
    await this.hears('MN', new Map());
  }

  /** The next line; what is between the line of `/info` and the body is LF alone. */
  async #line(): Promise<string | undefined> {
    if (this.#unread.length === 0) this.#unread.push(...((await this.client.line())?.split('\n') ?? []));
    return this.#unread.shift();
  }
}

/** `names`: receives those that are not known, each of which is a group. */
function patternOf(text: string, known: ReadonlyMap<string, string>, names: string[]): string {
  const quoted = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.+');
  return quoted.replace(NAME, (name) => {
    const value = known.get(name);
    if (value !== undefined) return value;
    const before = names.indexOf(name);
    if (before >= 0) return `\\${before + 1}`;
    names.push(name);
    return '(\\d+)';
  });
}
