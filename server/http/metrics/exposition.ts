/** How a metric behaves: it only rises, or it may fall, or it counts what was how big. */
export type Kind = 'counter' | 'gauge' | 'histogram';

/** A metric in Prometheus' text, version 0.0.4: what it is, and all its samples. */
export class Family {
  readonly #name: string;
  #text: string;

  constructor(name: string, kind: Kind, help: string) {
    this.#name = name;
    this.#text = `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${kind}\n`;
  }

  /** `labels`: as `labelText` makes them. */
  add(value: number, labels = '', suffix = ''): void {
    const braced = labels === '' ? '' : `{${labels}}`;
    this.#text += `${this.#name}${suffix}${braced} ${valueText(value)}\n`;
  }

  /** The samples of a histogram. `buckets`: how many were at most so big, a number a bound. */
  addHistogram(
    bounds: readonly number[],
    buckets: ArrayLike<number>,
    { count, sum, labels = '' }: { count: number; sum: number; labels?: string },
  ): void {
    const before = labels === '' ? '' : `${labels},`;
    for (const [i, bound] of bounds.entries())
      this.add(buckets[i] as number, `${before}le="${bound}"`, '_bucket');
    this.add(count, `${before}le="+Inf"`, '_bucket');
    this.add(sum, labels, '_sum');
    this.add(count, labels, '_count');
  }

  toString(): string {
    return this.#text;
  }
}

/** A metric that has one sample. */
export function single(name: string, kind: Kind, help: string, value: number, labels = ''): Family {
  const family = new Family(name, kind, help);
  family.add(value, labels);
  return family;
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapedHelp(value).replaceAll('"', '\\"')}"`)
    .join(',');
}

/** Labels are escaped in the same way, and quotes besides. */
function escapedHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
