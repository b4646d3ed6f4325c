/** How the line begins with which each but the first error of a chain does. */
export const CAUSED_BY = 'caused by: ';

const SIBLING = /^error \d+ of \d+: /;

/** The same for an error that happened together with one of the chain. */
export function siblingIntro(number: number, count: number): string {
  return `error ${number} of ${count}: `;
}

export function startsSibling(line: string): boolean {
  return SIBLING.test(line);
}

/** Whether a line begins what is told of another error. */
export function startsPart(line: string): boolean {
  return line.startsWith(CAUSED_BY) || startsSibling(line);
}
