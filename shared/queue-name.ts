/** Less than MAX_KEY_BYTES, which leaves room for the options that clients of ours add. */
const MAX_QUEUE_NAME_BYTES = 200;

/**
 * Why `name` cannot be the name of a queue; undefined when it can. `mayHaveSlash`: the server may be one for which a `/` is
 * a character as any other.
 */
export function queueNameProblem(name: string, mayHaveSlash = false): string | undefined {
  if (name === '') return 'is empty';
  if (Buffer.byteLength(name) > MAX_QUEUE_NAME_BYTES) return `is longer than ${MAX_QUEUE_NAME_BYTES} bytes`;
  const wrong = (mayHaveSlash ? /[\0 \r\n]/ : /[\0 \r\n/]/).exec(name);
  if (wrong !== null) return `has ${JSON.stringify(wrong[0])} in it`;
  if (name.startsWith('$')) return 'begins with "$", as only the names of the server itself do';
  return undefined;
}
