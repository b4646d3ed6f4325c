import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clusterLines } from '../../server/commands/cluster-lines.ts';
import type { ClusterView } from '../../server/http/context.ts';
import { clusterFamilies } from '../../server/http/metrics/cluster-families.ts';
import { scraped } from '../helpers/exposition.ts';
import { readPage } from '../helpers/pages.ts';
import { startServer } from '../helpers/server.ts';

const DOCS = join(import.meta.dirname, '../../docs');
/** Those of any job, which Prometheus makes by itself. */
const OF_PROMETHEUS = ['up'];

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly targets: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

const dashboard = JSON.parse(readFileSync(join(DOCS, 'grafana.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
};
const rules = readFileSync(join(DOCS, 'memq.rules.yml'), 'utf8');
const alerts = [...rules.matchAll(/- alert: (\w+)\n(.*?)(?=\n {6}- alert|$)/gs)].map(([, name, text]) => ({
  name: name as string,
  text: text as string,
}));

/** The metrics of a text, without the suffixes of histograms. */
function metricsIn(text: string): string[] {
  const names = [...text.matchAll(/\b(?:memq|process|nodejs)_[a-z0-9_]+\b|\bup\b/g)].map(([name]) => name);
  return names.map((name) => name.replace(/_seconds_(bucket|sum|count)$/, '_seconds'));
}

async function metricsOfServer(): Promise<Map<string, { readonly help: string; readonly type: string }>> {
  const server = await startServer({ http: true, args: ['--memory'] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return (await scraped(server.url)).families;
}

it('docs/monitoring.md has each metric, once, and no other', async () => {
  const [, section = ''] = /^### Metrics\n(.*?)(?=^## )/ms.exec(readPage('docs/monitoring.md')) ?? [];
  const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name as string);
  expect(documented.toSorted()).toEqual([...(await metricsOfServer()).keys()].sort());
});

describe('the dashboard', () => {
  it('asks for metrics that there are', async () => {
    const asked = [
      ...dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))),
      ...dashboard.templating.list.flatMap(({ query }) => metricsIn(query)),
    ];
    expect(asked.length).toBeGreaterThan(20);
    const known = await metricsOfServer();
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('has a title, a unit and legends in each panel, and none upon another', () => {
    const titles = dashboard.panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const { title, fieldConfig, targets } of dashboard.panels) {
      expect(title).toMatch(/^[A-Z]/);
      expect(fieldConfig.defaults.unit, title).toMatch(/^(short|s|ops|bytes|percentunit)$/);
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { legendFormat } of targets) expect(legendFormat, title).toBeTruthy();
    }
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('the alerts', () => {
  it('go by metrics that there are', async () => {
    expect(alerts.length).toBeGreaterThan(9);
    const known = await metricsOfServer();
    for (const { name, text } of alerts) {
      const asked = metricsIn(/expr:(.*?)\n {8}\w/s.exec(text)?.[1] ?? '');
      expect(asked.length, name).toBeGreaterThan(0);
      expect(
        asked.filter((metric) => !known.has(metric) && !OF_PROMETHEUS.includes(metric)),
        name,
      ).toEqual([]);
    }
  });

  it('are each tested', () => {
    const tests = readFileSync(join(import.meta.dirname, 'alerts.yml'), 'utf8');
    const fired = [...tests.matchAll(/alertname: (\w+)\n *eval_time: \w+\n *exp_alerts:/g)].map(
      ([, name]) => name,
    );
    expect(fired.toSorted()).toEqual(alerts.map(({ name }) => name).toSorted());
  });
});

it('docs/monitoring.md has each metric of a cluster, and each field of its stats', () => {
  const page = readPage('docs/monitoring.md');
  const rows = (title: string) => {
    const [, table = ''] = new RegExp(`^\\| ${title} \\| is \\|\\n(.*?)\\n\\n`, 'ms').exec(page) ?? [];
    const names = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => cell?.match(/\w+/g) ?? []);
    return names.sort();
  };
  const families = clusterFamilies(CLUSTER).map((family) => /^# HELP (\w+)/.exec(String(family))?.[1]);
  expect(rows('cluster metric')).toEqual(families.sort());
  expect(rows('cluster field')).toEqual([...clusterLines(CLUSTER)].map(([name]) => name).sort());
});

const CLUSTER = {
  ...{ name: 'c', role: 'leading' as const, epoch: 1, leader: 'a:1', lag: 0, members: [] },
  ...{ clockDifference: 0, lostRecords: 0, health: 'ok' as const },
  passing: { held: 0, passed: 0, total: 0, bytesRead: 0, bytesWritten: 0 },
  database: {
    ...{ host: 'h', timeline: 1, promise: 'nothing is lost', isReplicated: true, standbys: 1, waitsFor: 1 },
    ...{ writableHosts: 1, problems: [], refusal: undefined, oldestSnapshotMs: 0 },
  },
  connectToLeader: () => undefined,
} satisfies ClusterView;
