import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { withMemq } from '../fixtures/memq.ts';
import { withProgram } from '../helpers/foreign.ts';
import { MEMQ_BINARY } from '../helpers/memq.ts';
import { until } from '../helpers/until.ts';

const it = withMemq();

/** A program on a terminal of its own, of 24 lines of 100 columns. */
function terminal(command: string) {
  const directory = mkdtempSync(join(tmpdir(), 'memq-top-'));
  const socket = join(directory, 'tmux');
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-f', '/dev/null', '-S', socket, ...words], { encoding: 'utf8' });
  // It stays when the program has ended, so that its last lines can be looked at.
  tmux('new-session', '-d', '-x', '100', '-y', '24', `${command}; echo "ended with $?"; sleep 1000`);
  onTestFinished(() => {
    tmux('kill-server');
    rmSync(directory, { recursive: true });
  });
  return {
    press: (...keys: string[]) => tmux('send-keys', ...keys),
    /** Its text, once it has what is looked for. */
    shows: async (what: RegExp): Promise<string> => {
      let text = '';
      await until(() => {
        text = tmux('capture-pane', '-p');
        return what.test(text);
      });
      return text;
    },
  };
}

withProgram('tmux', () => {
  const program = `'${process.execPath}' '${MEMQ_BINARY}'`;

  describe('top', () => {
    it('shows queues as they are, sorts them, and ends with q', async ({ server, client }) => {
      await client.set('a-queue', 'x');
      for (const body of ['x', 'y']) await client.set('b-queue', body);
      const { press, shows } = terminal(`${program} --url ${server.url} top --interval 0.2`);
      expect(await shows(/by ready/)).toMatch(/b-queue +2 (?:.|\n)*a-queue +1 /);
      press('n');
      expect(await shows(/by name/)).toMatch(/a-queue +1 (?:.|\n)*b-queue +2 /);
      await client.set('a-queue', 'y');
      await client.set('a-queue', 'z');
      const text = await shows(/a-queue +3 /);
      expect(text.match(/a-queue/g)).toHaveLength(1);
      expect(text).toMatch(/memq \S+ at http:\/\/127.0.0.1:\d+, up .+, ok/);
      press('q');
      await shows(/ended with 0/);
    });

    it('tells of a server that is gone, and ends with Ctrl+C', async () => {
      const { press, shows } = terminal(`${program} --url unix:/nonexistent/x top --interval 0.2`);
      await shows(/no server at unix:\/nonexistent\/x/);
      press('C-c');
      await shows(/ended with 0/);
    });
  });

  describe('a question', () => {
    it('wants a yes, and is a no for all else', async ({ server, client, memq }) => {
      for (const [keys, status, left] of [
        [['n', 'Enter'], 64, 1],
        [['C-c'], 64, 1],
        [['C-d'], 64, 1],
        [['Enter'], 64, 1],
        [['y', 'Enter'], 0, 0],
      ] as const) {
        if (left === 1) await client.set('asked', 'x');
        const { press, shows } = terminal(`${program} --url ${server.url} purge asked`);
        await shows(/Discard what waits in asked: \d messages?\? \[y\/N\]/);
        press(...keys);
        await shows(new RegExp(`ended with ${status}`));
      }
      expect((await memq(['queue', 'asked'])).stdout).toMatch(/^ready\t0$/m);
    });
  });
});
