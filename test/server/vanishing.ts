import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer } from '../helpers/server.ts';
import { logged } from '../helpers/server-log.ts';
import { TextClient } from '../helpers/text-client.ts';

const GONE = /^(SERVER_ERROR )?\/\S+ (is missing|was replaced|was cut to 5000 bytes)$/;

/** The file of a segment: the oldest is 0, a spare one -1. */
export function segment(directory: string, index: number): string {
  const names = fs.readdirSync(directory).filter((name) => name.endsWith('.journal'));
  return join(directory, names.at(index) as string);
}

/** Another file gets its name. */
export function replace(path: string): void {
  fs.copyFileSync(path, `${path}.copy`);
  fs.renameSync(`${path}.copy`, path);
}

/** What may become of a server's files while it runs; each has a server of its own. */
export function isNoticed(
  harms: readonly (readonly [what: string, harm: (directory: string) => void])[],
): void {
  describe.concurrent('files that vanish while a server runs', () => {
    it.for(harms)('%s: it is noticed, and nothing is acknowledged from then on', async ([, harm]) => {
      await using server = await startServer({ args: ['--segment-size', '64k'] });
      using client = await TextClient.connect(server.port);
      const stored = await client.exchange(`set q 0 0 1000\r\n${'x'.repeat(1000)}\r\n`.repeat(200));
      expect(stored).toBe(Array(200).fill('STORED').join('\n'));
      harm(server.dataDir);
      const { error } = await logged(server, ({ msg }) => /nothing is acknowledged/.test(String(msg)));
      expect(error).toMatch(GONE);
      expect(await client.set('q', 'lost')).toMatch(GONE);
      expect((await client.stats()).get('journal_failure')).toBe(String(error).split(' ')[0]);
      expect(await client.get('q')).toMatch(/^SERVER_ERROR /);
    });
  });
}
