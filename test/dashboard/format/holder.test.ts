import { describe, expect, it } from 'vitest';
import { holderOf } from '../../../dashboard/format/holder.ts';

describe('a holder', () => {
  const full = '{"host":"web-1","pid":2417,"program":"memq-consume","worker":"3f9a1c5e7b2d4680"}';

  it('is a host and a process, with its worker', () => {
    expect(holderOf(full)).toEqual({ name: 'web-1:2417', worker: '3f9a1c5e7b2d4680' });
  });

  it('is known by its beginning', () => {
    expect(holderOf(full.slice(0, 50))).toEqual({ name: 'web-1:2417', worker: undefined });
  });

  it.each(['127.0.0.1:5555', 'anything', '{', '{"hello":1}', '{"host": 5, "worker": []}', '[]', 'null', ''])(
    'is %j as it is',
    (name) => {
      expect(holderOf(name)).toEqual({ name, worker: undefined });
    },
  );

  it('is the worker where it names no host', () => {
    expect(holderOf('{"worker": "3f9a"}')).toEqual({ name: '3f9a', worker: '3f9a' });
  });

  it('has its name unquoted', () => {
    expect(holderOf('{"host":"a\\"\\u0041"}').name).toBe('a"A');
  });
});
