import { defineWorker } from 'memq';

class Worker {
  saveToLocal(msg) {
    console.log(`saved: ${msg}`);
  }
}

export default defineWorker(Worker, { methods: ['saveToLocal'] });
