/** What a line of an error is: what happened, why that, a place in the own code or in somebody else's, all else. */
export type ErrorLineKind = 'message' | 'cause' | 'own' | 'other' | 'text';

export interface ErrorLine {
  readonly text: string;
  readonly kind: ErrorLineKind;
}

/** Of JavaScript, PHP, Python, Ruby, and as the runners of other languages tell places. */
const FRAME = /^\s*(?:at |caused at |#\d+ |File ".*", line \d+|from \S+:\d+)|^\S+:\d+:in /;
const CAUSE = /^\s*(?:caused by:? |error \d+ of \d+: |\[cause\]: )/i;
/** Where what is not one's own has its places. */
const FOREIGN_CODE =
  /node_modules[\\/]|\bnode:|\(internal\/|[\\/]vendor[\\/]|site-packages|dist-packages|[\\/]usr[\\/]lib|[\\/]gems[\\/]|<anonymous>\)?$|\[native code\]|\[internal function\]/;

/** The lines of an error, each with what it is. */
export function errorLines(error: string): ErrorLine[] {
  return error.split('\n').map((text, place) => ({ text, kind: kindOf(text, place) }));
}

function kindOf(text: string, place: number): ErrorLineKind {
  if (place === 0) return 'message';
  if (FRAME.test(text)) return FOREIGN_CODE.test(text) ? 'other' : 'own';
  return CAUSE.test(text) ? 'cause' : 'text';
}
