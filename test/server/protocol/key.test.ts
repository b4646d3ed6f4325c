import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Key, KeyCache } from '../../../server/protocol/key.ts';
import { Option } from '../../../server/protocol/options.ts';
import { MAX_KEY_LENGTH } from '../../../shared/key-length.ts';
import { amount } from '../../helpers/amount.ts';

const problemOf = (text: string): string | undefined => new Key(text).problem?.text;

function valuesOf(text: string): Key['values'] {
  const { problem, values } = new Key(text);
  expect(problem).toBeUndefined();
  return values;
}

/** What JavaScript's own conversions would take for numbers, or mistake for them. */
const ODD = ['Infinity', 'NaN', '+1', '1_0', '1,5', '٣', '1\t', '0b1', '1n'];

/** Latin1 texts that can be a queue's name. */
const queueName = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) =>
    Buffer.from(bytes.map((byte) => ([0, 10, 13, 32, 47].includes(byte) ? 97 : byte))).toString('latin1'),
  );

describe('a key without options', () => {
  it('is the name of the queue, whatever its bytes', () => {
    fc.assert(
      fc.property(queueName, (name) => {
        const key = new Key(name);
        expect(key).toMatchObject({ text: name, queue: name, options: 0, problem: undefined });
        expect(key.isPlain).toBe(!name.startsWith('$'));
      }),
    );
  });

  it('may hold colons, equals signs and UTF-8', () => {
    for (const name of ['a:b:c', 'a=b', 't=5', 'Aufträge', '作业', '..', '\xff\xfe']) {
      const bytes = Buffer.from(name, 'utf8').toString('latin1');
      expect(new Key(bytes)).toMatchObject({ queue: bytes, options: 0, problem: undefined });
    }
  });

  it('has up to 250 bytes', () => {
    expect(problemOf('k'.repeat(MAX_KEY_LENGTH))).toBeUndefined();
    expect(problemOf('k'.repeat(MAX_KEY_LENGTH + 1))).toBe('key is longer than 250 bytes');
    expect(problemOf(`${'k'.repeat(245)}/open`)).toBeUndefined();
    expect(problemOf(`${'k'.repeat(246)}/open`)).toBe('key is longer than 250 bytes');
  });

  it('is not empty', () => {
    expect(problemOf('')).toBe('queue name is empty');
    expect(problemOf('/open')).toBe('queue name is empty');
  });

  it('holds no NUL, blank, CR or LF, which the binary protocol could carry', () => {
    for (const byte of ['\0', ' ', '\r', '\n']) {
      expect(problemOf(`a${byte}b`)).toBe('a key may not hold NUL, blank, CR or LF');
      expect(problemOf(`a/t=5${byte}`)).toBe('a key may not hold NUL, blank, CR or LF');
    }
  });

  it("is the server's own when it begins with $", () => {
    expect(new Key('$watch').isReserved).toBe(true);
    expect(new Key('a$').isReserved).toBe(false);
  });
});

describe('options', () => {
  const spellings = {
    't=5': Option.wait,
    open: Option.open,
    close: Option.close,
    abort: Option.abort,
    peek: Option.peek,
    info: Option.info,
    fail: Option.fail,
    final: Option.final,
    failed: Option.failed,
    'delay=5': Option.delay,
    'pri=5': Option.priority,
    'id=5': Option.id,
    'every=5': Option.every,
    'lease=5': Option.lease,
    pause: Option.pause,
    resume: Option.resume,
    move: Option.move,
  };

  it('are understood in any order', () => {
    const options = fc.shuffledSubarray(Object.keys(spellings) as (keyof typeof spellings)[]);
    fc.assert(
      fc.property(queueName, options, (queue, chosen) => {
        const key = new Key([queue, ...chosen].join('/'));
        expect(key).toMatchObject({ queue, problem: undefined });
        expect(key.options).toBe(chosen.reduce((bits, option) => bits | spellings[option], 0));
        for (const option of chosen) expect(key.has(spellings[option])).toBe(true);
        expect(key.isPlain).toBe(chosen.length === 0 && !queue.startsWith('$'));
      }),
    );
  });

  it('that nobody knows are named', () => {
    expect(problemOf('q/opne')).toBe('unknown option "opne"');
    expect(problemOf('q/Open')).toBe('unknown option "Open"');
    expect(problemOf('q/constructor')).toBe('unknown option "constructor"');
    expect(problemOf('q/__proto__=1')).toBe('unknown option "__proto__"');
    expect(problemOf('q/')).toBe('unknown option ""');
    expect(problemOf('q//open')).toBe('unknown option ""');
  });

  it('may be given once', () => {
    expect(problemOf('q/open/open')).toBe('option "open" is given twice');
    expect(problemOf('q/t=1/t=2')).toBe('option "t" is given twice');
  });

  it('take a value or take none', () => {
    for (const name of ['t', 'delay', 'pri', 'id', 'every', 'lease', 'attempts', 'backoff', 'group']) {
      expect(problemOf(`q/${name}`)).toBe(`option "${name}" needs a value`);
    }
    const plain = ['open', 'close', 'abort', 'peek', 'info', 'fail', 'final', 'failed'];
    for (const name of [...plain, 'pause', 'resume', 'move']) {
      expect(problemOf(`q/${name}=1`)).toBe(`option "${name}" takes no value`);
      expect(problemOf(`q/${name}=`)).toBe(`option "${name}" takes no value`);
    }
  });

  it('t is in whole milliseconds', () => {
    expect(valuesOf('q/t=0')).toMatchObject({ waitMs: 0 });
    expect(valuesOf('q/t=1500/open')).toMatchObject({ waitMs: 1500 });
    expect(valuesOf('q/t=999999999')).toMatchObject({ waitMs: 999_999_999 });
    for (const value of ['', '-1', '1.5', '1e3', '0x10', '1000000000', '5=5', '5\t', '∞']) {
      expect(problemOf(`q/t=${value}`)).toBe('option "t" needs milliseconds, 0 to 999999999');
    }
  });

  it('delay is in seconds, with fractions', () => {
    for (const [value, delayMs] of [
      ['0', 0],
      ['5', 5000],
      ['0.25', 250],
      ['1.1', 1100],
      ['4.35', 4350],
      ['0.0005', 0.5],
      ['0000000001.500000000', 1500],
      // What Python, Ruby and JavaScript print for 0.1 + 0.2.
      ['0.30000000000000004', 300.00000000000006],
      ['9999999999', 9_999_999_999_000],
    ] as const)
      expect(valuesOf(`q/delay=${value}`)).toMatchObject({ delayMs });
    for (const value of ['', '-1', '.5', '5.', '1e3', '0x10', '12345678901', '1.2.3', ...ODD])
      expect(problemOf(`q/delay=${value}`), value).toBe(
        'option "delay" needs seconds, from 0 to below 10000000000',
      );
  });

  it('delay means the same in decimal and in milliseconds, whatever the number', () => {
    fc.assert(
      fc.property(fc.nat(9_999_999_999_999), (ms) => {
        const decimal = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;
        expect(valuesOf(`q/delay=${decimal}`)).toMatchObject({ delayMs: ms });
      }),
    );
  });

  it('every is in seconds, one millisecond or more', () => {
    expect(valuesOf('q/every=60/id=a')).toMatchObject({ everyMs: 60_000, jobId: 'a' });
    expect(valuesOf('q/id=a/every=0.001')).toMatchObject({ everyMs: 1 });
    for (const value of ['', '0', '0.0', '0.0009', '0.000999999', '-1', '.5', '12345678901', ...ODD])
      expect(problemOf(`q/every=${value}`), value).toBe(
        'option "every" needs seconds, from 0.001 to below 10000000000',
      );
  });

  it('pri is an unsigned number of 32 bits', () => {
    for (const priority of [0, 1, 1024, 4_294_967_295])
      expect(valuesOf(`q/pri=${priority}`)).toMatchObject({ priority });
    expect(valuesOf('q/pri=007')).toMatchObject({ priority: 7 });
    expect(valuesOf('q/delay=1').priority).toBeUndefined();
    for (const value of ['', '-1', '1.5', '4294967296', '9999999999', '00000000001', ...ODD])
      expect(problemOf(`q/pri=${value}`), value).toBe(
        'option "pri" needs a number from 0, the most urgent, to 4294967295',
      );
  });

  it('id is any bytes that a key may have, but "/"', () => {
    fc.assert(
      fc.property(queueName, queueName, (queue, id) => {
        expect(new Key(`${queue}/id=${id}/delay=1`)).toMatchObject({
          queue,
          values: { jobId: id, delayMs: 1000 },
          problem: undefined,
        });
      }),
    );
    expect(valuesOf('q/id=a=b=')).toMatchObject({ jobId: 'a=b=' });
    expect(valuesOf('q/id==')).toMatchObject({ jobId: '=' });
    expect(problemOf('q/id=')).toBe('option "id" needs a name');
    expect(problemOf('q/id=a/b')).toBe('unknown option "b"');
    expect(problemOf(`q/id=${'x'.repeat(MAX_KEY_LENGTH)}`)).toBe('key is longer than 250 bytes');
  });

  it('attempts is a number from 1 to 65535', () => {
    for (const maxAttempts of [1, 25, 65_535])
      expect(valuesOf(`q/attempts=${maxAttempts}`)).toMatchObject({ maxAttempts });
    for (const value of ['', '0', '-1', '1.5', '65536', '000001', '1e3', ...ODD])
      expect(problemOf(`q/attempts=${value}`), value).toBe(
        'option "attempts" needs a number from 1 to 65535',
      );
  });

  it('backoff is one of three kinds, with times as in the configuration', () => {
    for (const [value, backoff] of [
      ['exponential', { kind: 'exponential' }],
      ['none', { kind: 'none' }],
      ['fixed:60', { kind: 'fixed', seconds: 60 }],
      ['fixed:0.25', { kind: 'fixed', seconds: 0.25 }],
      ['fixed:1.5m', { kind: 'fixed', seconds: 90 }],
      ['fixed:2d', { kind: 'fixed', seconds: 172_800 }],
      ['fixed:315360000', { kind: 'fixed', seconds: 315_360_000 }],
    ] as const)
      expect(valuesOf(`q/backoff=${value}`), value).toMatchObject({ backoff });
    for (const value of [
      '',
      'None',
      'fixed',
      'fixed:',
      'fixed:-1',
      'fixed:1w',
      'fixed:315360001',
      'linear:5',
    ])
      expect(problemOf(`q/backoff=${value}`), value).toBe(
        'option "backoff" needs exponential, none or fixed:<seconds>, at most ten years (s, m, h, d allowed)',
      );
  });

  it('group is any bytes that a key may have, but "/"', () => {
    expect(valuesOf('q/group=a=\xff/id=b')).toMatchObject({ group: 'a=\xff', jobId: 'b' });
    expect(problemOf('q/group=')).toBe('option "group" needs a name');
    expect(problemOf('q/group=a/b')).toBe('unknown option "b"');
    expect(problemOf(`q/group=${'x'.repeat(MAX_KEY_LENGTH)}`)).toBe('key is longer than 250 bytes');
  });

  it('lease is a token', () => {
    expect(valuesOf('q/lease=9007199254740991')).toMatchObject({ leaseToken: 9_007_199_254_740_991 });
    for (const value of ['', '0', '01', '-1', '1.5', '12345678901234567', ...ODD])
      expect(problemOf(`q/lease=${value}`), value).toBe('option "lease" needs the token of a lease');
  });

  it('that are not there say nothing, and keys do not share what they say', () => {
    const nothing = valuesOf('q');
    expect(nothing).toEqual({
      maxAttempts: 0,
      backoff: undefined,
      group: '',
      waitMs: 0,
      leaseToken: 0,
      delayMs: 0,
      priority: undefined,
      jobId: '',
      everyMs: 0,
    });
    valuesOf('q/delay=1/pri=2/id=3/every=4/lease=5/t=6/attempts=7/backoff=fixed:8/group=9');
    expect(valuesOf('q')).toEqual(nothing);
    expect(valuesOf('q/open')).toEqual(nothing);
  });
});

it('no text makes it throw, and the text is kept as it is', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc
      .array(
        fc.constantFrom(
          'q',
          '/',
          '=',
          't',
          'open',
          'peek',
          'id',
          'pri',
          'delay',
          'every',
          'attempts',
          'backoff',
          'fixed:',
          'group',
          '1',
          '.',
          '-',
          ' ',
          '\n',
          '$',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (text) => {
      const key = new Key(text);
      expect(key.text).toBe(text);
      expect(text.startsWith(key.queue)).toBe(true);
      if (key.problem !== undefined) expect(key.problem).toMatchObject({ kind: 'client', fatal: false });
    }),
    { numRuns: amount(800, 2000) },
  );
});

it('a cache gives the same key for the same text, and forgets rather than grow', () => {
  const cache = new KeyCache();
  const first = cache.get('q/open');
  expect(cache.get('q/open')).toBe(first);
  expect(cache.get('q/open')).toEqual(new Key('q/open'));
  for (let i = 0; i < 10_000; i++) expect(cache.get(`q${i}`).queue).toBe(`q${i}`);
  expect(cache.get('q/open')).not.toBe(first);
});

it('a cache does not keep ids and tokens, which would push out what is used again', () => {
  const cache = new KeyCache();
  const first = cache.get('q');
  for (let i = 1; i <= 1000; i++) {
    expect(cache.get(`q/id=${i}`).values.jobId).toBe(String(i));
    expect(cache.get(`q/lease=${i}`).values.leaseToken).toBe(i);
    expect(cache.get(`q/group=${i}/attempts=3`).values.group).toBe(String(i));
  }
  expect(cache.get('q')).toBe(first);
});

it('a cache does not keep what cannot be used', () => {
  const cache = new KeyCache();
  const long = 'k'.repeat(60_000);
  expect(cache.get(long).problem?.text).toBe('key is longer than 250 bytes');
  expect(cache.get(long)).not.toBe(cache.get(long));
});

it("a cache for names with a / has options only for the server's own", () => {
  const cache = new KeyCache(false);
  expect(cache.get('a/open')).toMatchObject({ queue: 'a/open', options: 0, problem: undefined });
  const leased = cache.get('$watch/close/lease=7');
  expect(leased).toMatchObject({ queue: '$watch', values: { leaseToken: 7 }, problem: undefined });
  expect(cache.get('$watch/dealy').problem?.text).toBe('unknown option "dealy"');
  expect(cache.get('a/$watch/open').isPlain).toBe(true);
});
