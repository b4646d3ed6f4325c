import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { metricsText } from '../helpers/exposition.ts';
import { withProgram } from '../helpers/foreign.ts';
import { readBlocks } from '../helpers/pages.ts';
import { served } from '../server/http/served.ts';

const RULES = join(import.meta.dirname, '../../docs/memq.rules.yml');

function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', input });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

withProgram('promtool', () => {
  it('has nothing to say against the metrics', async () => {
    const { server, client } = await served({
      args: ['--metrics-queues', '2'],
      config: '[schedule]\nnightly = 0 3 * * *  q  run()\n',
    });
    for (const queue of ['a"b\\c', 'b', 'c', 'd']) {
      await client.set(queue, 'x');
      await client.set(queue, 'x');
      await client.getText(`${queue}/open`);
      await client.set(`${queue}/close`, '');
    }
    expect(promtool(['check', 'metrics'], await metricsText(server.url))).toBe('');
    expect(promtool(['check', 'metrics'], await metricsText(server.url, '?queue=*'))).toBe('');
  });

  it('finds no mistake in the rules, of which each fires when it has to', () => {
    expect(promtool(['check', 'rules', RULES])).toContain('SUCCESS');
    expect(promtool(['test', 'rules', join(import.meta.dirname, 'alerts.yml')])).toContain('SUCCESS');
  });

  it('finds no mistake in the configuration that docs/monitoring.md shows', () => {
    const directory = mkdtempSync(join(tmpdir(), 'memq-prometheus-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const shown = readBlocks('docs/monitoring.md').filter(({ text }) => text.includes('scrape_configs:'));
    expect(shown).toHaveLength(1);
    const token = join(directory, 'token');
    writeFileSync(token, 'secret');
    const file = join(directory, 'prometheus.yml');
    const text = shown[0]!.text.replace('/etc/prometheus/memq-token', token).replace('memq.rules.yml', RULES);
    expect(text).toContain(token);
    expect(text).toContain(RULES);
    writeFileSync(file, text);
    expect(promtool(['check', 'config', file])).toContain('SUCCESS');
  });
});
