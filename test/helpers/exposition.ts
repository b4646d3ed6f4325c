import { expect } from 'vitest';
import { ask } from './http.ts';
import { until } from './until.ts';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly help: string;
  readonly type: string;
  /** By their names, which a histogram has three of. */
  readonly samples: Map<string, Sample[]>;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

/** What the queues without series of their own have for labels. */
export const REST = { queue: '', rest: '1' };

/** What a scrape has brought, read as strictly as the format allows. */
export class Scrape {
  readonly families = new Map<string, Family>();

  constructor(text: string) {
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.slice(0, -1).split('\n');
    const seen = new Set<string>();
    for (let i = 0; i < lines.length; ) {
      const [, name = '', help = ''] = /^# HELP ([a-z_][a-z0-9_]*) (.+)$/.exec(lines[i++] as string) ?? [];
      expect(name, lines[i - 1]).not.toBe('');
      const [, typed, type = ''] =
        /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[i++] as string) ?? [];
      expect(typed).toBe(name);
      expect(this.families.has(name), name).toBe(false);
      const samples = new Map<string, Sample[]>();
      this.families.set(name, { help, type, samples });
      const names = (SUFFIXES[type] as string[]).map((suffix) => name + suffix);
      for (; i < lines.length && !lines[i]?.startsWith('#'); i++) {
        const line = lines[i] as string;
        const { name: own, ...sample } = sampleOf(line);
        expect(names, line).toContain(own);
        const series = `${own} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
        expect(seen.has(series), `twice: ${line}`).toBe(false);
        seen.add(series);
        samples.set(own, [...(samples.get(own) ?? []), sample]);
      }
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') checkHistogram(name, samples);
    }
  }

  /** The value of the one series with these labels and no others; undefined where it is not there. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = JSON.stringify(Object.entries(labels).sort());
    return this.series(name).find((each) => JSON.stringify(Object.entries(each.labels).sort()) === wanted)
      ?.value;
  }

  series(name: string): readonly Sample[] {
    const family = this.families.get(name) ?? this.families.get(name.replace(/_(bucket|sum|count)$/, ''));
    if (family === undefined) throw new Error(`there is no metric ${name}`);
    return family.samples.get(name) ?? [];
  }

  /** The queues that have series of their own. */
  get queues(): string[] {
    return this.series('memq_queue_paused').map(({ labels }) => labels.queue as string);
  }

  /** Messages that were stored to a queue; '' is the rest. */
  enqueued(queue: string): number | undefined {
    return this.value('memq_messages_enqueued_total', queue === '' ? REST : { queue });
  }

  /** The value of each series that may never fall, by its name and labels. */
  get rising(): Map<string, number> {
    const rising = new Map<string, number>();
    for (const { type, samples } of this.families.values()) {
      if (type === 'gauge') continue;
      for (const [name, all] of samples)
        for (const { labels, value } of all) rising.set(`${name} ${JSON.stringify(labels)}`, value);
    }
    return rising;
  }
}

/** Asks for the metrics until they are as they have to be: a text is good for a second. */
export async function scrapeUntil(url: string, isRight: (scrape: Scrape) => boolean): Promise<Scrape> {
  let scrape = await scraped(url);
  await until(async () => {
    if (isRight(scrape)) return true;
    scrape = await scraped(url);
    return isRight(scrape);
  });
  return scrape;
}

export async function scraped(url: string, query = ''): Promise<Scrape> {
  return new Scrape(await metricsText(url, query));
}

export async function metricsText(url: string, query = ''): Promise<string> {
  const answer = await ask(url, `/metrics${query}`);
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  });
  return answer.text;
}

function sampleOf(line: string): Sample & { readonly name: string } {
  const match = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?|[+-]Inf|NaN)$/.exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, name = '', text = '', value = ''] = match;
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [whole, label, written] = /^([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`no labels: ${line}`);
    if (label! in labels) throw new Error(`a label twice: ${line}`);
    labels[label!] = written!.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

/** Of each set of labels the buckets ascend to the count. */
function checkHistogram(name: string, samples: ReadonlyMap<string, readonly Sample[]>): void {
  const bySeries = new Map<string, { le: number; value: number }[]>();
  for (const { labels, value } of samples.get(`${name}_bucket`) ?? []) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    bySeries.set(key, [...(bySeries.get(key) ?? []), { le: Number(le?.replace('Inf', 'Infinity')), value }]);
  }
  const counts = samples.get(`${name}_count`) ?? [];
  expect(counts).toHaveLength(bySeries.size);
  expect(samples.get(`${name}_sum`) ?? []).toHaveLength(bySeries.size);
  for (const { labels, value } of counts) {
    const buckets = bySeries.get(JSON.stringify(labels)) ?? [];
    expect(buckets.at(-1)).toEqual({ le: Number.POSITIVE_INFINITY, value });
    for (const [i, bucket] of buckets.slice(1).entries()) {
      expect(bucket.le).toBeGreaterThan(buckets[i]!.le);
      expect(bucket.value, `${name} ${JSON.stringify(labels)}`).toBeGreaterThanOrEqual(buckets[i]!.value);
    }
  }
}
