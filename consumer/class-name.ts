/** Whether a payload's class is the one that runs here: a namespace may be left out, there is only one class to mean. */
export function isSameClass(theirs: string, ours: string): boolean {
  return theirs === ours || bareName(theirs) === bareName(ours);
}

function bareName(name: string): string {
  return name.split(/\\|::|\./).at(-1) ?? name;
}
