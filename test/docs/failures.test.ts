import { describe, expect, it as itself } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import { runOnOwnServer } from '../helpers/example-server.ts';
import { expectText, PageRunner } from '../helpers/page-runner.ts';
import { readExample } from '../helpers/wire-example.ts';
import { arrange, blocks, FLAGS, PAGE, snippets, takeFailed } from './failures.ts';

const it = withServer(FLAGS);
const INDEX = new URL('../../dist/index.js', import.meta.url).href;

describe('examples of the wire', () => {
  for (const block of blocks.filter(({ language }) => language === 'text'))
    itself(`${block.heading}, line ${block.line}`, () => runOnOwnServer(readExample(block), PAGE, block));
});

describe('commands', () => {
  for (const block of blocks.filter(({ language }) => language === 'console'))
    it(`${block.heading}, line ${block.line}`, async ({ server, client }) => {
      await arrange(client);
      await new PageRunner(server).converse(block.text);
    });
});

describe('Node.js', () => {
  const { beginning, rest } = snippets('js');
  for (const { block, output } of rest)
    it(`${block.heading}, line ${block.line}`, async ({ server, client }) => {
      await arrange(client);
      const start = beginning
        .replace("'memq'", `'${INDEX}'`)
        .replace('connect()', `connect({ port: ${server.port} })`);
      const script = `${start}${block.text}queue.close();\n`;
      const printed = await new PageRunner(server).run(
        process.execPath,
        ['--input-type=module', '-'],
        script,
      );
      expectText(printed, output!);
    });
});

describe('scripts', () => {
  const [look, discard] = blocks.filter(({ language }) => language === 'sh');

  it('show all failed messages of a copy, and leave those of the server', async ({ server, client }) => {
    await arrange(client);
    const printed = await new PageRunner(server).shell(look!.text);
    expect(printed.match(/^(?:sendMail|evil)\(.*\)$/gm)).toEqual([
      "sendMail('anna')",
      "sendMail('nobody')",
      'evil()',
    ]);
    expect(printed).toContain('"error":"Fail: no such address"');
    expect(await takeFailed(client)).toHaveLength(3);
  });

  it('discard all failed messages, and keep what they were', async ({ server, client }) => {
    await arrange(client);
    const runner = new PageRunner(server);
    await runner.shell(discard!.text);
    expect((await runner.shell('cat discarded.txt')).match(/^evil\(\)$/gm)).toHaveLength(1);
    expect(await takeFailed(client)).toEqual([]);
  });
});
