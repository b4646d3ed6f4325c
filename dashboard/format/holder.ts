/** Who holds a message, as far as its name tells. */
export interface Holder {
  readonly name: string;
  /** The worker's id, under which the workers' page has it. */
  readonly worker: string | undefined;
}

/** A worker's name is the JSON by which it has introduced itself; histories keep only its beginning. */
export function holderOf(name: string): Holder {
  if (!name.startsWith('{')) return { name, worker: undefined };
  const host = /"host":\s*"((?:[^"\\]|\\.)*)"/.exec(name)?.[1];
  const pid = /"pid":\s*(\d+)/.exec(name)?.[1];
  const worker = /"worker":\s*"([\w-]+)"/.exec(name)?.[1];
  const parts = [host === undefined ? undefined : unquoted(host), pid].filter((part) => part !== undefined);
  return { name: parts.join(':') || (worker ?? name), worker };
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
