import { clipBytes } from './clip-bytes.ts';
import { startsPart } from './part-line.ts';
import { isErrorLike, peek } from './peek.ts';
import { propertiesOf, valueText } from './properties.ts';
import { type Frame, mainFrame, readFrame } from './stack-frame.ts';

/** How much of a stack is looked at, characters. */
const MAX_STACK = 20_000;

/** Of title, name and source: more is never told. */
const MAX_TITLE = 4096;
const MAX_NAME = 100;
const MAX_SOURCE = 200;

/** Where Node.js says what it could not parse: the place, the line of code, and marks below the column. */
const ARROW = /^(.+:\d+)\n(.*)\n( *)\^+\s*\n/;

/** What is told of one error, or of whatever was thrown in place of one. */
export class ErrorPart {
  /** `TypeError: what is wrong`; of what is no error, its value. */
  readonly title: string;
  /** Its own properties; '' without any. */
  readonly #properties: string = '';
  readonly #frames: readonly string[] = [];
  /** The one of them that tells most. */
  readonly #main: string | undefined;

  constructor(value: unknown) {
    if (!isErrorLike(value)) {
      this.title = valueText(value);
      return;
    }
    const name = nameOf(value);
    const message = messageOf(value);
    const { frames, main, source } = readStack(peek(value, 'stack'), message, name === 'SyntaxError');
    const text = source === undefined ? message : `${message} in: ${source}`;
    const title = [name, text.trimEnd()].filter((part) => part !== '').join(': ');
    this.title = withoutFrames(clipBytes(title, MAX_TITLE));
    this.#properties = propertiesOf(value);
    this.#frames = frames;
    this.#main = main;
  }

  /** With so many bytes of the title and of the properties each, and so many frames. */
  toString(mostBytes: number, mostFrames: number): string {
    const title = clipBytes(this.title, mostBytes);
    const properties = this.#properties === '' ? '' : ` [${clipBytes(this.#properties, mostBytes)}]`;
    const frames = this.#frames.slice(0, mostFrames);
    if (this.#main !== undefined && !frames.includes(this.#main)) frames.splice(-1, 1, this.#main);
    return [title + properties, ...frames].join('\n');
  }
}

/** The name that the error has, or else that of its class. */
function nameOf(error: object): string {
  const name = peek(error, 'name');
  if (typeof name === 'string' && name !== 'Error') return name.slice(0, MAX_NAME);
  const Class = peek(error, 'constructor');
  const className = typeof Class === 'function' ? peek(Class, 'name') : undefined;
  return typeof className === 'string' && className !== '' ? className.slice(0, MAX_NAME) : 'Error';
}

function messageOf(error: object): string {
  const message = peek(error, 'message');
  if (message === undefined) return '';
  return typeof message === 'string' ? message : valueText(message);
}

/** Lines of a message may not pass for those of a stack, or for another error. */
function withoutFrames(text: string): string {
  if (!text.includes('\n')) return text;
  const [first = '', ...more] = text.split('\n');
  const marked = more.map((line) => (startsPart(line) || readFrame(line) ? `| ${line.trim()}` : line));
  return [first, ...marked].join('\n');
}

interface Stack {
  /** The lines that people are shown. */
  readonly frames: readonly string[];
  readonly main?: string | undefined;
  /** The line of code that could not be parsed. */
  readonly source?: string;
}

/**
 * Reads what a stack tells besides name and message, which may have changed since it was made. `isSyntax`: what stands
 * before these is where something could not be parsed. (With source maps it is where any error was thrown.)
 */
function readStack(stack: unknown, message: string, isSyntax: boolean): Stack {
  if (typeof stack !== 'string') return { frames: [] };
  const found = stack.indexOf(message);
  const [start, end] = found < 0 ? [0, 0] : [found, found + message.length];
  const lines = stack.slice(end, end + MAX_STACK).split('\n');
  const all = lines.flatMap((line) => readFrame(line) ?? []);
  const arrow = isSyntax ? ARROW.exec(stack.slice(0, Math.min(start, MAX_STACK))) : null;
  const main = mainFrame(all)?.line;
  if (arrow === null) return { frames: shown(all), main };
  const [, place, code = '', blanks = ''] = arrow;
  const line = `    at ${place}:${blanks.length + 1}`;
  return { frames: [line, ...shown(all)], main: line, source: code.trim().slice(0, MAX_SOURCE) };
}

/**
 * Neither Node's frames nor ours; but ours of an error in our own code, with which no class has to do.
 */
function shown(frames: readonly Frame[]): string[] {
  const isInternal = mainFrame(frames) === undefined && !frames.some(({ isCaller }) => isCaller);
  return frames
    .filter(({ place, isOwn }) => place !== undefined && isOwn === isInternal)
    .map(({ line }) => line);
}
