const MEMQ = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);

/**
 * A worker whose method `step` writes down when it begins and when it ends, and holds a lock of its group meanwhile: who
 * finds that lock in the hands of a living process has found two method bodies at once.
 */
export const TRIAL_WORKER = `
import { appendFileSync, openSync, readFileSync, unlinkSync, writeSync, closeSync } from 'node:fs';
import { defineWorker } from ${MEMQ};

const say = (...words) => appendFileSync('steps.log', words.join(' ') + '\\n');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function lock(group) {
  for (;;) {
    try {
      const file = openSync('locks/' + group, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      let pid = NaN;
      try {
        pid = Number(readFileSync('locks/' + group, 'utf8'));
      } catch {
        continue;
      }
      if (isAlive(pid)) say('both', group, process.pid, pid);
      unlinkSync('locks/' + group);
    }
  }
}

class Worker {
  async step(group, number) {
    lock(group);
    say('begin', group, number, process.pid);
    await pause((number % 3) * 4);
    say('end', group, number, process.pid);
    unlinkSync('locks/' + group);
  }
}
export default defineWorker(Worker, { methods: ['step'] });
`;
