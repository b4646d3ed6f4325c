import { describe, expect, it } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { type Block, readBlocks, readPage } from '../helpers/pages.ts';
import { Newcomer } from './newcomer.ts';
import { readSteps, type Step } from './shown.ts';

/** The five minutes of README.md in other languages. */
const BLOCKS = readBlocks('README.md').filter(({ heading }) => heading === 'Five minutes');

/** A class as the page's, which has this one in PHP only. */
const PYTHON_CLASS = `
class Worker:
    def saveToLocal(self, msg):
        with open('worker.log', 'a') as file:
            print(msg, file=file)
`;

withPackages('README.md, PHP', ['php-cli', 'php-memcached'], () => {
  describe('PHP', () => {
    it('enqueues', async () => {
      const newcomer = await startWith([blockWith('php', 'enqueue.php')]);
      await newcomer.run({ command: '/usr/bin/php enqueue.php', shown: '' });
      await newcomer.run(consume(1));
      expect(newcomer.read('worker.log')).toBe("it's PHP'); evil()\n");
    });

    it('says why it could not', async () => {
      const newcomer = await startWith([blockWith('php', 'enqueue.php')]);
      newcomer.write('enqueue.php', newcomer.read('enqueue.php').replace('my:memq:test', 'no such queue'));
      await newcomer.run({ command: '/usr/bin/php enqueue.php', shown: 'A BAD KEY ...' });
    });

    it('looks at failed jobs, discards one, and has the others tried again', async () => {
      const newcomer = await startWith([blockWith('php', 'enqueue.php')]);
      const [client] = /^<\?php.*?addServer.*?$/ms.exec(newcomer.read('enqueue.php'))!;
      newcomer.write('failed.php', `${client}\n${blockWith('php', '/failed').text}`);
      await newcomer.run(enqueue('evil()'));
      await newcomer.run(enqueue('worse()'));
      await newcomer.run({ ...consume(2), shown: '...\n[12:00:00] INFO: ...: 0 done, 2 refused\n...\n' });
      const shown = '{"queue":"my:memq:test","id":"1",...,"error":"method \\"evil\\" ...}\nevil()';
      await newcomer.run({ command: '/usr/bin/php failed.php', shown });
      await newcomer.run(ask('get my:memq:test my:memq:test', 'VALUE my:memq:test 0 7\nworse()\nEND\n'));
      await newcomer.run(ask('get my:memq:test/failed', 'END\n'));
    });

    it('runs jobs', async () => {
      const newcomer = await startWith([blockWith('php', 'Worker.php')]);
      await runsWithCommand(newcomer, blockWith('ini', 'command = php').text);
    });
  });
});

withPackages('README.md, Python', ['python3', 'python3-pymemcache'], () => {
  describe('Python', () => {
    it('enqueues', async () => {
      const newcomer = await startWith([blockWith('python', 'enqueue.py')]);
      await newcomer.run({ command: '/usr/bin/python3 enqueue.py', shown: '' });
      await newcomer.run(consume(1));
      expect(newcomer.read('worker.log')).toBe("it's Python'); evil()\n");
    });

    it('runs jobs', async () => {
      const newcomer = await startWith([]);
      newcomer.write('worker.py', PYTHON_CLASS);
      const [, command] = /`(command = python3 .+)`/.exec(readPage('README.md'))!;
      const methods = /^methods = .*$/m.exec(blockWith('ini', 'methods').text)![0];
      await runsWithCommand(newcomer, `${command}\n${methods}\n`);
    });
  });
});

function blockWith(language: string, text: string): Block {
  const found = BLOCKS.filter((block) => block.language === language && block.text.includes(text));
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** A server is there, what the page has for a worker in JavaScript, and these files. */
async function startWith(files: readonly Block[]): Promise<Newcomer> {
  const newcomer = new Newcomer();
  await newcomer.start(readSteps(blockWith('console', '$ npx memq-server'))[0]!);
  for (const file of [blockWith('js', 'Worker.mjs'), blockWith('ini', '; config.ini'), ...files])
    newcomer.writeBlock(file);
  return newcomer;
}

/** With these lines behind the configuration a program runs the jobs. */
async function runsWithCommand(newcomer: Newcomer, lines: string): Promise<void> {
  newcomer.write('config.ini', lines, 'a');
  await newcomer.run(enqueue("saveToLocal('hi')"));
  await newcomer.run(consume(1));
  expect(newcomer.read('worker.log')).toBe('hi\n');
}

function consume(jobs: number): Step {
  const shown = `[12:00:00] INFO: my:memq:test: ${jobs} job ran in 1 s: ${jobs} done\n`;
  return { command: 'npx memq-consume', shown };
}

function enqueue(call: string): Step {
  return ask(`set my:memq:test 0 0 ${call.length}\\r\\n${call}`, 'STORED\n');
}

function ask(request: string, shown: string): Step {
  return { command: `printf "${request}\\r\\nquit\\r\\n" | nc 127.0.0.1 22201`, shown };
}
