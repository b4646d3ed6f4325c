import { describe, expect, it as itself } from 'vitest';
import { Option, optionName } from '../../server/protocol/options.ts';
import { withServer } from '../fixtures/server.ts';
import { runOnOwnServer } from '../helpers/example-server.ts';
import { PageRunner } from '../helpers/page-runner.ts';
import { readBlocks, readPage } from '../helpers/pages.ts';
import { caseLabels, messages, sourceText } from '../helpers/source.ts';
import type { TextClient } from '../helpers/text-client.ts';
import { commandsOf, readExample, runExample } from '../helpers/wire-example.ts';

const PAGE = 'docs/protocol.md';
const it = withServer();

const examples = readBlocks(PAGE)
  .filter(({ language }) => language === 'text')
  .map((block) => ({ block, example: readExample(block) }));
const commands = examples.flatMap(({ example }) => commandsOf(example).map((line) => line.split(' ')));

describe('each example is answered as the page says', () => {
  for (const { block, example } of examples) {
    const name = `${block.heading}, line ${block.line}`;
    if (example.args === undefined)
      it(name, async ({ server, client }) => {
        await dropAll(client);
        await runExample(example, server.port);
      });
    else itself(name, () => runOnOwnServer(example, PAGE, block));
  }
});

it('the packet of the binary protocol is answered as the page says', async ({ server }) => {
  const [packet] = readBlocks(PAGE).filter(({ language }) => language === 'console');
  await new PageRunner(server).converse(packet!.text);
});

/** What an example finds must not come from another one. */
async function dropAll(client: TextClient): Promise<void> {
  for (const name of (await client.stats('queue')).keys()) await client.ask(`delete ${name}`);
}

describe('the examples have', () => {
  itself('every option', () => {
    const options = Object.values(Option).map(optionName);
    expect(options).toContain('lease');
    const keys = commands.flatMap((words) => words.slice(1)).flatMap((word) => word.split('/').slice(1));
    const used = new Set(keys.map((option) => option.split('=')[0]!));
    expect(options.filter((option) => !used.has(option))).toEqual([]);
  });

  itself('every command of the text protocol', () => {
    const verbs = caseLabels('server/protocol/text-parser.ts');
    expect(verbs).toEqual(expect.arrayContaining(['gats', 'md', 'flush_all']));
    const used = new Set(commands.map(([verb]) => verb));
    expect(verbs.filter((verb) => !used.has(verb))).toEqual([]);
  });

  itself('every request of the tables', () => {
    const requests = requestsOf(readPage(PAGE));
    expect(requests.length).toBeGreaterThan(60);
    const used = new Set(commands.map(shapeOf));
    expect(requests.filter((request) => !used.has(shapeOf(request.split(' '))))).toEqual([]);
  });

  itself('every flag of the meta commands, and every mode of ms', () => {
    const source = sourceText('server/protocol/meta-parser.ts');
    const flags = [...source.matchAll(/^ {2}\['(\w)', \{ commands/gm)].map(([, letter]) => letter!);
    const modes = [...source.matchAll(/^ {2}\['(\w)', '\w+'\]/gm)].map(([, letter]) => `M${letter}`);
    expect([flags.length, modes.length]).toEqual([14, 5]);
    const used = commands.filter(([verb]) => /^m[gsd]$/.test(verb!)).flatMap((words) => words.slice(2));
    const isUsed = (flag: string) => used.some((word) => word.startsWith(flag));
    expect([...flags, ...modes].filter((flag) => !isUsed(flag))).toEqual([]);
  });

  itself('every list of stats', () => {
    const lists = caseLabels('server/commands/stats.ts').filter((list) => list !== '');
    expect(lists).toContain('conns');
    const used = new Set(commands.filter(([verb]) => verb === 'stats').map(([, list]) => list));
    expect(lists.filter((list) => !used.has(list))).toEqual([]);
  });
});

describe('the page has', () => {
  const page = readPage(PAGE);

  itself('every opcode of the binary protocol, by its command', () => {
    const source = sourceText('server/protocol/binary-parser.ts');
    const opcodes = [...source.matchAll(/\[0x([0-9a-f]{2}), operation\('(\w+)'/g)];
    expect(opcodes.length).toBeGreaterThan(30);
    const rows = page.split('\n').filter((line) => line.startsWith('| 0x') || /^\| `0x/.test(line));
    const isTold = ([, opcode, verb]: RegExpExecArray) =>
      rows.some((row) => row.includes(`\`0x${opcode}\``) && row.includes(`\`${verb}\``));
    expect(opcodes.filter((each) => !isTold(each)).map(([text]) => text)).toEqual([]);
  });

  itself('every text of an error that a client may see', () => {
    const told = [...page.matchAll(/`((?:CLIENT_ERROR|SERVER_ERROR) [^`]+)`/g)].map(([, text]) => text!);
    const all = messages([
      'server/protocol/key.ts',
      'server/protocol/options.ts',
      'server/protocol/text-parser.ts',
      'server/protocol/meta-parser.ts',
      'server/protocol/binary-parser.ts',
      'server/commands/get.ts',
      'server/commands/control.ts',
      'server/commands/store.ts',
      'server/commands/stats.ts',
      'server/commands/login.ts',
      'server/commands/dispatch.ts',
      'server/commands/validate.ts',
      'server/commands/queue-admin.ts',
      'server/commands/reserved-keys.ts',
      'server/engine/admission.ts',
      'server/engine/operations/enqueue.ts',
      'server/engine/operations/move.ts',
      'server/engine/operations/queue-admin.ts',
      'shared/watch-list.ts',
    ]);
    expect(all.length).toBeGreaterThan(50);
    expect(
      all.filter(({ pattern }) => !told.some((text) => pattern.test(text))).map(({ text }) => text),
    ).toEqual([]);
  });
});

/** What stands in the first column of the tables of requests. */
function requestsOf(page: string): string[] {
  const tables = page.matchAll(/^\| request \|.*\n\|[-|]*\n((?:\|.*\n)*)/gm);
  const cells = [...tables].flatMap(([, rows]) => rows!.split('\n').map((row) => row.split(' | ')[0]!));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, request]) => request!));
}

/** What is the same of a request whatever its queue and the values of its options. */
function shapeOf([verb, ...words]: string[]): string {
  if (verb === 'stats') return `${verb} ${words[0] ?? ''} ${words.length}`;
  const key = words[verb === 'gat' || verb === 'gats' ? 1 : 0] ?? '';
  const [queue, ...options] = key.split('/');
  const names = options.map((option) => option.split('=')[0]).sort();
  return [verb, queue!.startsWith('$') ? queue : 'q', ...names].join(' ');
}
