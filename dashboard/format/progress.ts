/** How far a job is: a part of a whole where it says so, and what it says besides. */
export interface Progress {
  /** 0 to 1. */
  readonly part: number | undefined;
  readonly text: string;
}

/** Jobs tell what they like: `62%`, `62`, `{"percent": 62, "text": "..."}`, or any text. */
export function progressOf(told: string): Progress {
  const plain = /^\s*(\d{1,3}(?:\.\d+)?)\s*%?\s*$/.exec(told)?.[1];
  if (plain !== undefined && Number(plain) <= 100) return { part: Number(plain) / 100, text: '' };
  try {
    const said: unknown = JSON.parse(told);
    if (typeof said !== 'object' || said === null) return { part: undefined, text: told };
    const { percent, ...rest } = said as Record<string, unknown>;
    if (typeof percent !== 'number' || percent < 0 || percent > 100) return { part: undefined, text: told };
    return { part: percent / 100, text: Object.entries(rest).map(wordsOf).join(', ') };
  } catch {
    return { part: undefined, text: told };
  }
}

function wordsOf([name, value]: [string, unknown]): string {
  return name === 'text' && typeof value === 'string' ? value : `${name}: ${JSON.stringify(value)}`;
}
