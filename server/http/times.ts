/** A time as answers have it; null where there is none, or it is not known. */
export function isoTime(ms: number): string | null {
  return ms > 0 ? new Date(ms).toISOString() : null;
}
