import { fileURLToPath } from 'node:url';

/** Lines of stacks: V8's, `at f (file:line:column)` or `at file:line:column`; PHP's and Ruby's; Python's. */
const CALL_FRAME = /^\s+at [^(]* \((.+:\d+:\d+)\)$/;
const BARE_FRAME = /^\s+at (?:async )?(.+:\d+:\d+)$/;
const PATH_FRAME = /^(\/[^:]+:\d+)(?::in .*)?$/;
const PYTHON_FRAME = /^\s+File "(.+)", line (\d+)/;

/** Where our own code is. */
const OWN = ['..', '../../shared'].map((path) => fileURLToPath(new URL(`${path}/`, import.meta.url)));

/**
 * The place in the code that an error's stack shows, as `file:line:column`: the first one that is neither
 * Node's nor ours. Undefined when there is none.
 */
export function locationOf(reason: string): string | undefined {
  let innermost: string | undefined;
  for (const line of reason.split('\n')) {
    const frame = frameOf(line);
    const path = frame === undefined ? undefined : pathOf(frame);
    if (path !== undefined) return path;
    // Python begins with the outermost call.
    const python = PYTHON_FRAME.exec(line);
    if (python !== null) innermost = `${python[1]}:${python[2]}`;
  }
  return innermost;
}

/** An error's text without its stack. */
export function messageOf(reason: string): string {
  const lines = reason.split('\n');
  const end = lines.findIndex(
    (line, index) => index > 0 && (frameOf(line) !== undefined || line.startsWith('Traceback (')),
  );
  return lines.slice(0, end < 0 ? undefined : end).join('\n');
}

function frameOf(line: string): string | undefined {
  return (CALL_FRAME.exec(line) ?? BARE_FRAME.exec(line) ?? PATH_FRAME.exec(line))?.[1];
}

function pathOf(frame: string): string | undefined {
  if (/^(node:|eval at |native |<anonymous>)/.test(frame)) return undefined;
  let path = frame;
  if (frame.startsWith('file://')) {
    try {
      path = fileURLToPath(frame);
    } catch {
      return undefined;
    }
  }
  return OWN.some((directory) => path.startsWith(directory)) ? undefined : path;
}
