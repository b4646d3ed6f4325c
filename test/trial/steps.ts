/** What the workers have written down of a trial. */
export interface Steps {
  /** Two method bodies of a group at once. */
  readonly both: readonly string[];
  /** A step that began before the one before it had ended, or after a later one. */
  readonly disordered: readonly string[];
  /** Steps that never ended. */
  readonly lost: readonly string[];
  /** Steps that ran to their end more than once, as they may after a crash. */
  readonly repeated: number;
}

/** Reads the lines of `steps.log`: in each group `jobs(group)` steps were to run, in their order, from 0 on. */
export function judgeSteps(lines: readonly string[], jobs: ReadonlyMap<string, number>): Steps {
  const both: string[] = [];
  const disordered: string[] = [];
  /** By group: how many steps have ended, one after the other. */
  const ended = new Map<string, number>();
  let repeated = 0;
  for (const line of lines) {
    const [what = '', group = '', text] = line.split(' ');
    const number = Number(text);
    const next = ended.get(group) ?? 0;
    if (what === 'both') both.push(line);
    else if (what === 'begin') {
      // The one before may run again where its end could not be told.
      if (number !== next && number !== next - 1) disordered.push(`${line} (${next} had ended)`);
    } else if (number === next) ended.set(group, next + 1);
    else repeated++;
  }
  const lost = [...jobs].flatMap(([group, count]) => {
    const done = ended.get(group) ?? 0;
    return done === count ? [] : [`${group}: ${done} of ${count}`];
  });
  return { both, disordered, lost, repeated };
}
