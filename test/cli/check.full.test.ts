import { describe, expect } from 'vitest';
import { withMemq } from '../fixtures/memq.ts';
import { memqOf } from '../helpers/memq.ts';

const it = withMemq();

describe('check', () => {
  it('ends as monitoring wants it, with figures', async ({ memq, client }) => {
    for (const body of ['a', 'b', 'c']) await client.set('deep', body);
    await client.set('flat', 'a');
    expect(await memq(['check', '--queue', 'flat'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^MEMQ OK: all is well \| ready=1;;;0 age=\d+s;;;0 failed=0;;;0\n$/),
      stderr: '',
    });
    expect(await memq(['check', '--max-ready', '2'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^MEMQ WARNING: deep has 3 ready \| ready=3;2;;0 /),
    });
    expect(await memq(['check', '--max-ready', '1,3'])).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^MEMQ CRITICAL: deep has 3 ready; flat has 1 ready \| ready=3;1;3;0 /),
    });
    expect(await memq(['check', '--max-age', '0,1h'])).toMatchObject({ code: 1 });
    expect(await memq(['check', '--max-age', '1h', '--max-failed', '1'])).toMatchObject({ code: 0 });
  });

  it('has one line whatever a queue is called', async ({ memq, client }) => {
    await client.set('odd|\u001b', 'a');
    const { stdout } = await memq(['check', '--queue', 'odd*', '--max-ready', '1']);
    expect(stdout).toMatch(/^MEMQ WARNING: odd¦\\u\{1b\} has 1 ready \| ready=1;1;;0 [^|]*\n$/);
  });

  it.for([
    ['a bound that is none', ['--max-ready', 'many']],
    ['an option that there is not', ['--nonsense']],
    ['a URL that is none', ['--url', 'nonsense']],
  ] as const)('does not know with %s', async ([_what, words], { memq }) => {
    expect(await memq(['check', ...words])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^MEMQ UNKNOWN: .+\n$/),
    });
  });

  it('does not know where no server is', async () => {
    expect(await memqOf('unix:/nonexistent/x')(['check'])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^MEMQ UNKNOWN: no server at /),
    });
  });

  it('says so in its help, which ends with 0', async ({ memq }) => {
    expect(await memq(['check', '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN'),
    });
  });
});
