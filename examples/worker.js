import { appendFile } from 'node:fs/promises';
import { defineWorker } from 'memq';

class Worker {
  /** Appends a line to worker.log, beside config.ini. */
  async saveToLocal(msg = 'default data') {
    await appendFile('worker.log', `${msg}\n`);
  }
}

// Jobs can call the methods that are listed here, and no others.
export default defineWorker(Worker, { methods: ['saveToLocal'] });
