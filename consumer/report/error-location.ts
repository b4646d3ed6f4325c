import { CAUSED_BY, startsPart, startsSibling } from '../error-text/part-line.ts';
import { mainFrame, readFrame } from '../error-text/stack-frame.ts';

const PYTHON_FRAME = /^\s+File "(.+)", line (\d+)/;

/**
 * The place in the code that an error's stack shows, as `file:line:column`: the first one that is neither Node's nor
 * ours, nor in a package if there is another. Undefined when there is none.
 */
export function locationOf(reason: string): string | undefined {
  const lines = reason.split('\n');
  const frame = mainFrame(lines.flatMap((line) => readFrame(line) ?? []));
  if (frame !== undefined) return frame.place;
  // Python begins with the outermost call.
  const [, file, line] = lines.flatMap((each) => PYTHON_FRAME.exec(each) ?? []).slice(-3);
  return file === undefined ? undefined : `${file}:${line}`;
}

/** An error's text without its stack, and without what led to it. */
export function messageOf(reason: string): string {
  return untilStack(reason.split('\n')).join('\n');
}

/** The same of the error that led to it in the end; undefined when there is none. */
export function rootCauseOf(reason: string): string | undefined {
  const all = reason.split('\n');
  const others = all.findIndex(startsSibling);
  const lines = others < 0 ? all : all.slice(0, others);
  const root = lines.findLastIndex((line) => line.startsWith(CAUSED_BY));
  if (root < 0) return undefined;
  return untilStack(lines.slice(root)).join('\n').slice(CAUSED_BY.length);
}

function untilStack(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line, index) => index > 0 && endsMessage(line));
  return lines.slice(0, end < 0 ? undefined : end);
}

function endsMessage(line: string): boolean {
  return readFrame(line) !== undefined || line.startsWith('Traceback (') || startsPart(line);
}
