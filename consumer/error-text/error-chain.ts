import { types } from 'node:util';
import { clipBytes } from './clip-bytes.ts';
import { ErrorPart } from './error-part.ts';
import { CAUSED_BY, siblingIntro } from './part-line.ts';
import { isErrorLike, peek } from './peek.ts';

/** Beyond that a getter makes them up. */
const LONGEST_CHAIN = 10_000;

/** Of errors that happened together, how many are told. */
const MOST_SIBLINGS = 3;
const MAX_SIBLING_BYTES = 250;

/** How much is told. */
export interface Detail {
  /** Of each error's title and of its properties. */
  readonly bytes: number;
  /** Lines of each stack. */
  readonly frames: number;
  /** Errors of the chain; two at least: the first and the root. */
  readonly errors: number;
}

/** One of a chain, and those that happened together with it, where it is the first of several. */
interface Link {
  readonly value: unknown;
  readonly siblings: readonly unknown[];
}

/** What was thrown and all that led to it, down to the root. */
export class ErrorChain {
  readonly #links: readonly Link[];
  readonly #parts = new Map<Link, ErrorPart>();

  constructor(thrown: object) {
    this.#links = linksOf(thrown);
  }

  /** An error after the other, the root last; then what happened together with them. */
  toString(detail: Detail): string {
    const left = Math.max(0, this.#links.length - detail.errors);
    const shown =
      left > 0 ? [...this.#links.slice(0, detail.errors - 1), ...this.#links.slice(-1)] : this.#links;
    const lines = shown.map((link, index) => this.#text(link, index, detail));
    if (left > 0) lines.splice(-1, 0, `(${left} more)`);
    return [...lines, ...shown.flatMap(siblingTexts)].join('\n');
  }

  #text(link: Link, index: number, { bytes, frames }: Detail): string {
    const part = this.#parts.get(link) ?? new ErrorPart(link.value);
    this.#parts.set(link, part);
    const { length } = link.siblings;
    const intro = (index > 0 ? CAUSED_BY : '') + (length > 1 ? `${length} errors, the first: ` : '');
    return intro + part.toString(bytes, frames);
  }
}

function linksOf(thrown: unknown): Link[] {
  const links: Link[] = [];
  const seen = new Set<unknown>();
  let link: Link | undefined = { value: thrown, siblings: [] };
  while (link !== undefined && !seen.has(link.value) && links.length < LONGEST_CHAIN) {
    links.push(link);
    seen.add(link.value);
    link = isErrorLike(link.value) ? causeOf(link.value) : undefined;
  }
  return links;
}

/** What an error says led to it: its `cause`, its `errors`, or an error under another name, such as `original`. */
function causeOf(error: object): Link | undefined {
  const cause = peek(error, 'cause');
  if (cause !== undefined && cause !== null && typeof cause !== 'function')
    return { value: cause, siblings: [] };
  const errors = peek(error, 'errors');
  if (Array.isArray(errors) && errors.some(isErrorLike)) return { value: errors[0], siblings: errors };
  const inner = ownValues(error).find(isErrorLike);
  return inner && { value: inner, siblings: [] };
}

function ownValues(error: object): unknown[] {
  return types.isProxy(error) ? [] : Object.keys(error).map((key) => peek(error, key));
}

function siblingTexts({ siblings }: Link): string[] {
  return siblings.slice(1, MOST_SIBLINGS).map((error, index) => {
    const text = clipBytes(rootTitle(error), MAX_SIBLING_BYTES);
    return siblingIntro(index + 2, siblings.length) + text;
  });
}

function rootTitle(error: unknown): string {
  const links = linksOf(error);
  const root = links.length > 1 ? links.at(-1) : undefined;
  const { title } = new ErrorPart(error);
  return root === undefined ? title : `${title}, ${CAUSED_BY}${new ErrorPart(root.value).title}`;
}
