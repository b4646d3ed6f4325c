import picomatch from 'picomatch';
import { readableName, utf8AsLatin1 } from './session/queue-name.ts';

/** What makes a name a glob. */
const SPECIAL = /[*?[\]{}]/;
/** What the library takes for more than itself; and ranges in braces, which are not those of numbers. */
const REFUSED = /[()|\\"]|\{[^}]*\.\.[^}]*\}/;

const OPTIONS = {
  flags: 'u', // a character is a character, not half of one
  dot: true,
  posix: true, // [!a]
  noextglob: true,
  literalBrackets: false,
  strictBrackets: true,
  fastpaths: false, // escapes more than "u" allows
  windows: false,
  debug: true, // throws
} as const;

/**
 * A test for queue names: `*` is any characters, `?` is one, `[a-z]` and `[!a-z]` one of these or of the others,
 * `{a,b}` one of the two; dots are ordinary. What has none of them is the name itself. Throws an error that says what
 * is wrong with the glob.
 */
export function queueGlob(glob: string): (queue: string) => boolean {
  if (isPlainName(glob)) {
    const name = utf8AsLatin1(glob);
    return (queue) => queue === name;
  }
  const refused = REFUSED.exec(glob);
  if (refused !== null)
    throw new Error(`a glob may not have ${refused[0]} in it ("?" stands for any character)`);
  const pattern = compile(glob);
  return (queue) => pattern.test(inOnePart(readableName(queue)));
}

export function isPlainName(glob: string): boolean {
  return !SPECIAL.test(glob);
}

function compile(glob: string): RegExp {
  try {
    return picomatch.makeRe(inOnePart(glob), OPTIONS);
  } catch (error) {
    // Its advice is to escape, which is refused here.
    const [reason] = (error as Error).message.split(' - use');
    throw new Error(`"${glob}" is not a glob: ${reason}`);
  }
}

/**
 * The library's patterns are for paths: they treat slashes, and dots at the beginning, in ways of their own. No name
 * has a blank; slashes only where they are ordinary characters.
 */
function inOnePart(name: string): string {
  return `q${name.replaceAll('/', ' ')}`;
}
