/** Whether one of the texts has what is wanted in it, whatever its case. */
export function fits(wanted: string, ...texts: readonly string[]): boolean {
  const text = wanted.trim().toLowerCase();
  return texts.some((each) => each.toLowerCase().includes(text));
}
