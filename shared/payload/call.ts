import { readLiteral } from './literal.ts';
import { Char, Scanner } from './scanner.ts';

/** What a payload asks for. Nothing in it has been looked up or run. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
  /** The class that it is meant for, where the payload names one. */
  readonly className?: string;
}

const METHOD = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;

/**
 * Reads `method(arg, ...)`. Arguments are literals: strings, numbers, true, false, null, [lists],
 * {"key": value} and PHP's arrays, so that the output of var_export reads back. Blanks around, a trailing
 * comma and one final `;` are allowed; an expression, a variable or a second call is not. Takes time linear in
 * the text, and nesting is limited to `MAX_DEPTH` levels.
 *
 * @throws PayloadError that names the place and shows the text there
 */
export function parseCall(text: string): Call {
  return readCall(new Scanner(text));
}

/** The same, where the scanner stands. */
export function readCall(scanner: Scanner): Call {
  return { method: readMethod(scanner), args: readArguments(scanner) };
}

/** Reads the name of a method, after blanks. */
export function readMethod(scanner: Scanner): string {
  scanner.next();
  return scanner.match(METHOD) ?? scanner.fail('expected a method name');
}

/** Reads what follows a method's name, up to the end of the text. */
export function readArguments(scanner: Scanner): unknown[] {
  scanner.expect(Char.open, '"("');
  const args: unknown[] = [];
  while (!scanner.accept(Char.close)) {
    args.push(readLiteral(scanner, 0));
    if (!scanner.accept(Char.comma) && scanner.next() !== Char.close) scanner.fail('expected "," or ")"');
  }
  scanner.accept(Char.semicolon);
  scanner.expectEnd('the call');
  return args;
}
