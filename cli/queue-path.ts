/** A queue's part of a path: `~` at its head means a key, all else is its name in UTF-8. */
export function queuePath(name: string): string {
  // URL libraries drop these two, however they are written.
  const isDots = name === '.' || name === '..';
  return `/queues/${isDots ? `~${Buffer.from(name).toString('base64url')}` : encodeURIComponent(name)}`;
}
