import type { Section } from '../../shared/ini-file.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import { nearestHint } from '../../shared/nearest.ts';
import { FOR_ALL, isKey, KEYS, type Key, NOT_INHERITED, type Value } from './keys.ts';

interface Setting {
  /** Undefined when what is written is wrong. */
  readonly value: unknown;
  readonly line: number;
}

/** What a section sets: its own, or with what it inherits. */
export class SectionValues {
  readonly name: string;
  /** 0 for what comes before the first section. */
  readonly line: number;
  readonly #settings: ReadonlyMap<Key, Setting>;

  private constructor({ name, line }: { name: string; line: number }, settings: ReadonlyMap<Key, Setting>) {
    this.name = name;
    this.line = name === '' ? 0 : line;
    this.#settings = settings;
  }

  /** Paths are relative to `directory`. */
  static read(section: Section, directory: string, mistakes: Mistakes): SectionValues {
    const settings = new Map<Key, Setting>();
    for (const key of section.unread)
      if (isKey(key)) settings.set(key, { value: undefined, line: section.line });
    for (const [key, { value: text, line }] of section.entries) {
      const problem = keyProblem(key, section.name);
      if (problem !== undefined) mistakes.add(line, problem);
      else if (isKey(key))
        settings.set(key, {
          value: mistakes.note(line, `${key}: `, () => KEYS[key](text, directory)),
          line,
        });
    }
    return new SectionValues(section, settings);
  }

  /** With all that `top` sets, except `queuename` and what our own keys replace. */
  inheriting(top: SectionValues): SectionValues {
    const replaced = new Set<Key>(['queuename']);
    for (const key of this.#settings.keys())
      for (const other of NOT_INHERITED[key] ?? []) replaced.add(other);
    const inherited = [...top.#settings].filter(([key]) => !replaced.has(key));
    return new SectionValues(this, new Map([...inherited, ...this.#settings]));
  }

  /** Whether the key is set, rightly or wrongly. */
  has(key: Key): boolean {
    return this.#settings.has(key);
  }

  /** Undefined when the key is not set, or wrong. */
  get<K extends Key>(key: K): Value<K> | undefined {
    return this.#settings.get(key)?.value as Value<K> | undefined;
  }

  /** The line that sets the key; where it is not set, the section's. */
  lineOf(key: Key): number {
    return this.#settings.get(key)?.line ?? this.line;
  }

  /** The value; a key that is not set is noted. */
  require<K extends Key>(key: K, mistakes: Mistakes): Value<K> | undefined {
    if (!this.has(key))
      mistakes.add(this.line, `${this.name === '' ? '' : `[${this.name}]: `}${key} is missing`);
    return this.get(key);
  }
}

/** Why a section cannot have the key. */
function keyProblem(key: string, section: string): string | undefined {
  if (!isKey(key)) {
    const keys = Object.keys(KEYS);
    return `unknown key ${key}; ${nearestHint(key, keys, `the keys are ${keys.join(', ')}`)}`;
  }
  return section !== '' && FOR_ALL.includes(key)
    ? `${key} is about the whole file: it belongs before the first section`
    : undefined;
}
