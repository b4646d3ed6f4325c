import { Bulk } from './bulk.ts';
import { asName, WORDS } from './hostile-words.ts';
import { Play, type Scene, type Stage } from './scene.ts';

/**
 * Names, ids, groups, payloads, errors, results, progress and workers that are somebody's attack, or just unusual. What a page
 * runs of it calls `alert`.
 */
export const hostile: Scene = { args: ['--max-queues', '1000'], play };

async function play({ port }: Stage): Promise<Play> {
  const workers = await Promise.all(WORDS.map(() => Bulk.to(port)));
  for (const [i, word] of WORDS.entries()) await attack(workers[i], word, i);
  return new Play({
    stop: () => {
      for (const worker of workers) worker.close();
    },
  });
}

/** A queue of this name, with one message in each state, and who holds one of them. */
async function attack(worker: Bulk, word: string | Buffer, n: number): Promise<void> {
  const name = asName(word);
  const text = word.toString();
  const key = (options: string) => Buffer.concat([name, Buffer.from(options)]);
  const open = () => worker.ask(Buffer.concat([Buffer.from('get '), key('/open')]));
  const own = (option: string) => Buffer.concat([Buffer.from(`/${option}=`), name.subarray(0, 20)]);
  const short = text.slice(0, 60);
  const said = { worker: `${n} ${short}`, host: short, program: short, version: short, role: short };
  await worker.set('$client', JSON.stringify({ ...said, queues: [short] }));
  await worker.set(key('/delay=3600'), word);
  await worker.set(Buffer.concat([name, own('id'), own('group')]), word);
  await worker.fail(name, Buffer.concat([Buffer.from(word), Buffer.from('\n    at '), Buffer.from(word)]));
  await worker.set(key('/id=done'), word);
  await open();
  await worker.set(key('/close'), word);
  await worker.set(name, `call(${JSON.stringify(text)})`);
  await open();
  await worker.set(key('/progress'), word);
  await worker.set(name, `${text}${'x'.repeat(100_000)}`);
  await worker.done();
}
