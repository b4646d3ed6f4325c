import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locationOf, messageOf, rootCauseOf } from '../../../consumer/report/error-location.ts';
import { CHAIN, STACK } from './reports.ts';

describe('the place in the code', () => {
  it.each([
    ['Error: x\n    at f (node:fs:1:2)\n    at g (/srv/a.js:3:4)', '/srv/a.js:3:4'],
    ['Error: x\n    at /srv/a (1).js:3:4', '/srv/a (1).js:3:4'],
    ['Error: x\n    at async Worker.f (file:///srv/a%20b.js:3:4)', '/srv/a b.js:3:4'],
    ['Error: x\n    at new W (C:\\app\\a.js:3:4)', 'C:\\app\\a.js:3:4'],
    [
      'Error: x\n    at eval (eval at f (/srv/a.js:1:2), <anonymous>:1:1)\n    at f (/srv/a.js:5:6)',
      '/srv/a.js:5:6',
    ],
    ['Error: x\n    at async Promise.all (index 0)\n    at f (/srv/a.js:5:6)', '/srv/a.js:5:6'],
    [
      `Error: x\n    at f (${new URL('../../../consumer/x.ts', import.meta.url)}:1:2)\n    at g (/srv/a.js:3:4)`,
      '/srv/a.js:3:4',
    ],
    ['RuntimeException: x\n/srv/Worker.php:12\n#0 runner.php(7): Worker->f()', '/srv/Worker.php:12'],
    ["ArgumentError: x\n/srv/worker.rb:3:in 'f'\nrunner.rb:9:in 'g'", '/srv/worker.rb:3'],
    [
      'Traceback (most recent call last):\n  File "runner.py", line 9, in run\n    f()\n  File "/srv/worker.py", line 3, in f\nValueError: x',
      '/srv/worker.py:3',
    ],
    ['Error: x\n    at f (/srv/node_modules/pg/a.js:1:2)\n    at g (/srv/a.js:3:4)', '/srv/a.js:3:4'],
    ['Error: x\n    at f (/srv/node_modules/pg/a.js:1:2)', '/srv/node_modules/pg/a.js:1:2'],
    ['not allowed', undefined],
    ['Error: x\n    at f (node:fs:1:2)', undefined],
  ])('of %j is %s', (reason, place) => {
    expect(locationOf(reason)).toBe(place);
  });

  it('is not part of the message', () => {
    expect(messageOf('Error: one\ntwo\n    at f (/srv/a.js:1:2)\n    at g (/srv/a.js:3:4)')).toBe(
      'Error: one\ntwo',
    );
    expect(messageOf('RuntimeException: x\n/srv/Worker.php:12\n#0 main')).toBe('RuntimeException: x');
    expect(messageOf('ValueError: x\nTraceback (most recent call last):\n  File "a", line 1')).toBe(
      'ValueError: x',
    );
    expect(messageOf('not allowed')).toBe('not allowed');
    expect(messageOf('Error: x\ncaused by: Error: y')).toBe('Error: x');
  });

  it('is told with the root', () => {
    expect(rootCauseOf(CHAIN)).toBe('Error: connect ECONNREFUSED 127.0.0.1:9\n[code: ECONNREFUSED]');
    expect(rootCauseOf(STACK)).toBeUndefined();
    expect(rootCauseOf('not allowed')).toBeUndefined();
  });

  it('is looked for in whatever was thrown, in linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...' at(:1)/"File\n') }), (reason) => {
        locationOf(reason);
        expect(reason.startsWith(messageOf(reason))).toBe(true);
      }),
    );
    const long = `Error\n${'    at '.repeat(500)}${'(:1'.repeat(500)}`;
    expect(locationOf(long)).toBeUndefined();
  });
});
