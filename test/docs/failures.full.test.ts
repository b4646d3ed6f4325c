import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withServer } from '../fixtures/server.ts';
import { expectText, PageRunner } from '../helpers/page-runner.ts';
import { arrange, blocks, FLAGS, snippets, takeFailed } from './failures.ts';

const it = withServer(FLAGS);

withPackages('docs/failures.md, PHP', ['php-cli', 'php-memcached', 'netcat-openbsd'], () => {
  describe('PHP', () => {
    const { beginning, rest } = snippets('php');
    const scriptOf = (runner: PageRunner, text: string) => runner.localized(`<?php\n${beginning}${text}`);

    for (const { block, output } of rest.filter(({ output }) => output !== undefined))
      it(`${block.heading}, line ${block.line}`, async ({ server, client }) => {
        await arrange(client);
        const runner = new PageRunner(server);
        expectText(await runner.run('/usr/bin/php', [], scriptOf(runner, block.text)), output!);
      });

    it('has nothing else but what prints all of a copy, and what discards all', () => {
      expect(rest.filter(({ output }) => output === undefined).map(({ block }) => block.heading)).toEqual([
        'All of them',
        'Discarding',
      ]);
    });

    it('prints all failed messages of a copy, and leaves those of the server', async ({ server, client }) => {
      await arrange(client);
      const runner = new PageRunner(server, true);
      const [look] = rest.filter(({ output }) => output === undefined);
      writeFileSync(join(runner.directory, 'look.php'), scriptOf(runner, look!.block.text));
      const script = blocks.find(({ language }) => language === 'sh')!.text;
      const printed = await runner.shell(script.replace(/^yes .*$/m, '/usr/bin/php look.php'));
      expectText(
        printed,
        `…
…-…-… …:… invoice-7 sendMail('anna') TypeError: fetch failed
…-…-… …:… invoice-8 sendMail('nobody') Fail: no such address
…-…-… …:… … evil() method "evil" may not be called (allowed: sendMail)
`,
      );
      expect(await takeFailed(client)).toHaveLength(3);
    });

    it('discards all failed messages, and keeps what they were', async ({ server, client }) => {
      await arrange(client);
      const runner = new PageRunner(server);
      const [, discard] = rest.filter(({ output }) => output === undefined);
      await runner.run('/usr/bin/php', [], scriptOf(runner, discard!.block.text));
      expect((await runner.shell('cat discarded.txt')).match(/^(?:sendMail|evil)\(.*\)$/gm)).toHaveLength(3);
      expect(await takeFailed(client)).toEqual([]);
    });
  });

  describe("commands, with the system's nc", () => {
    for (const block of blocks.filter(({ language }) => language === 'console'))
      it(`${block.heading}, line ${block.line}`, async ({ server, client }) => {
        await arrange(client);
        await new PageRunner(server, true).converse(block.text);
      });

    it('show all failed messages of a copy', async ({ server, client }) => {
      await arrange(client);
      const printed = await new PageRunner(server, true).shell(
        blocks.find(({ language }) => language === 'sh')!.text,
      );
      expect(printed.match(/^(?:sendMail|evil)\(.*\)$/gm)).toHaveLength(3);
      expect(await takeFailed(client)).toHaveLength(3);
    });
  });
});
