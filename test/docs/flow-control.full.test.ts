import { describe, expect } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withServer } from '../fixtures/server.ts';
import { PageRunner } from '../helpers/page-runner.ts';
import { answerRequest, expectEnqueued, PAGE, scriptBelow } from './flow-control.ts';

const it = withServer([]);

withPackages(`${PAGE}, PHP`, ['php-cli', 'php-memcached'], () => {
  const run = (runner: PageRunner, heading: string) =>
    runner.run('/usr/bin/php', [], runner.localized(`<?php\n${scriptBelow(heading, 'php')}`));

  describe('PHP', () => {
    it('enqueues with options', async ({ server, client }) => {
      expect(await run(new PageRunner(server), 'From your application')).toBe('');
      await expectEnqueued(client, 'deposit(100.0)');
    });

    it('prints the answer to its request', async ({ server, client }) => {
      const printed = run(new PageRunner(server), 'Request and answer');
      await answerRequest(client, 'render("cat.png")');
      expect(await printed).toBe('cat-small.png');
    });
  });
});
