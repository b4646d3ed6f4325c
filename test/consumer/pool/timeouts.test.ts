import { describe, expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { worker } from '../../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '1']);

describe('a job over its timeout', () => {
  it.beforeEach(async ({ workplace }) => {
    await workplace.setWorker(
      worker(
        `async hang() { log(process.pid); await new Promise(() => {}); }
         loop() { log(process.pid); for (;;); }
         async obeys({ signal }) {
           await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
         }
         slow() { return pause(600).then(() => log('slow')); }
         after() { log(process.pid); }`,
        `['hang', 'loop', { name: 'after', timeout: 0 }, { name: 'obeys', context: true }, { name: 'slow', timeout: 0 }]`,
      ),
    );
    await workplace.configure('timeout = 0.3\n');
  });

  it.for(['hang', 'loop'])(
    'ends with its process, be it in a %s, and others go on in a new one',
    async (how, { workplace }) => {
      await workplace.enqueue(`${how}()`, 'after()');
      const { code, stderr } = await workplace.consume();
      expect(code).toBe(0);
      expect(stderr).toContain('it ran longer than its timeout of 0.3 s');
      const [first, second] = await workplace.logged();
      expect(second).not.toBe(first);
      expect(await workplace.failed()).toMatchObject({ attempt: 1 });
    },
  );

  it('may end in order when its signal aborts, and its process goes on', async ({ workplace }) => {
    await workplace.enqueue('after()', 'obeys()', 'after()');
    const { stderr } = await workplace.consume();
    expect(stderr).toContain('it ran longer than its timeout of 0.3 s');
    expect(new Set(await workplace.logged()).size).toBe(1);
    expect(await workplace.failed()).toMatchObject({ error: expect.stringContaining('TimeoutError') });
  });

  it('has the time that its method has, if that has its own', async ({ workplace }) => {
    await workplace.enqueue('slow()');
    expect(await workplace.consume()).toMatchObject({ code: 0, stderr: '' });
    expect(await workplace.logged()).toEqual(['slow']);
  });
});
