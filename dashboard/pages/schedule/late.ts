/** How long a run may wait before that is worth a word; the server has the same. */
const PATIENCE_MS = 60_000;

/** Whether a run has come that nobody has begun for too long. `dueAt`: since when; null where none has come. */
export function isLate(dueAt: string | null, now: number): boolean {
  return dueAt !== null && now - Date.parse(dueAt) >= PATIENCE_MS;
}
