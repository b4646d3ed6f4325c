import { describe, expect, it as itself } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import { runOnOwnServer } from '../helpers/example-server.ts';
import { PageRunner } from '../helpers/page-runner.ts';
import { readExample } from '../helpers/wire-example.ts';
import { answerRequest, blocks, expectEnqueued, PAGE, scriptBelow } from './flow-control.ts';

const it = withServer([]);
const INDEX = new URL('../../dist/index.js', import.meta.url).href;

describe('examples of the wire', () => {
  const examples = blocks.filter(({ language }) => language === 'text');

  itself('are there for each recipe', () => expect(examples.length).toBeGreaterThan(5));

  for (const block of examples)
    itself(`${block.heading}, line ${block.line}`, () => runOnOwnServer(readExample(block), PAGE, block));
});

describe('Node.js', () => {
  const run = (runner: PageRunner, heading: string) => {
    const script = scriptBelow(heading, 'js').replace("'memq'", `'${INDEX}'`);
    return runner.run(process.execPath, ['--input-type=module', '-'], runner.localized(script));
  };

  it('enqueues with options', async ({ server, client }) => {
    expect(await run(new PageRunner(server), 'From your application')).toBe('');
    await expectEnqueued(client, 'deposit(100.5)');
  });

  it('prints the answer to its request', async ({ server, client }) => {
    const printed = run(new PageRunner(server), 'Request and answer');
    await answerRequest(client, 'render("cat.png")');
    expect(await printed).toBe('cat-small.png\n');
  });
});
