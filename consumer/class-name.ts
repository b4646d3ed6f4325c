/** What stands between the parts of a class's name: in PHP, in Ruby, C++ and Perl, in most others. */
const SEPARATOR = /\\|::|\./;

/**
 * Whether a payload's class is the one that runs here, in whatever language each of the two is written. A name alone may
 * be in any namespace; two names that have theirs must be equal, and a separator in front says that it is the outermost.
 */
export function isSameClass(theirs: string, ours: string): boolean {
  const [their, our] = [theirs.split(SEPARATOR), ours.split(SEPARATOR)];
  if (their.length === 1 || our.length === 1) return their.at(-1) === our.at(-1);
  return absolute(their) === absolute(our);
}

/** The parts in one writing. */
function absolute(parts: readonly string[]): string {
  return parts.slice(parts[0] === '' ? 1 : 0).join('.');
}
