const MEMQ = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);

/** A worker file: the body of its class, and the methods that it lists. */
export function worker(body: string, methods: string, more = ''): string {
  return `
    import { appendFileSync } from 'node:fs';
    import { Discard, defineWorker, Fail } from ${MEMQ};
    const log = (line) => appendFileSync('worker.log', line + '\\n');
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    class Worker { ${body} }
    export default defineWorker(Worker, { methods: ${methods} ${more} });
  `;
}
