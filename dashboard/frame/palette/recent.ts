/** What was chosen lately: a command by its id; of a queue its name, too. */
export interface Recent {
  readonly id: string;
  readonly name?: string;
}

const MOST = 5;

/** What is kept may be of another version, or be written by somebody else. */
export function readRecent(text: string | null): readonly Recent[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter(isRecent).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function withFirst(all: readonly Recent[], first: Recent): readonly Recent[] {
  return [first, ...all.filter(({ id }) => id !== first.id)].slice(0, MOST);
}

function isRecent(each: unknown): each is Recent {
  if (typeof each !== 'object' || each === null) return false;
  const { id, name } = each as Partial<Recent>;
  return typeof id === 'string' && (name === undefined || typeof name === 'string');
}
