import { expect, it } from 'vitest';
import { queueKey, queueKeyIn, queueNameOf } from '../../../dashboard/api/queue-key.ts';
import { nameOfKey, queueKey as serverKey } from '../../../server/http/names.ts';
import { utf8AsLatin1 } from '../../../shared/latin1.ts';

const NAMES = [
  'mail',
  'sync:erp',
  'a.b-c_d@e',
  '.',
  '..',
  'über',
  '队列',
  'a b',
  '<b>',
  '~mail',
  '👩‍👩‍👧‍👦',
  '?x=1#y',
];

it('a key is the one that the server makes of the name', () => {
  for (const name of NAMES) expect(queueKey(name)).toBe(serverKey(utf8AsLatin1(name)));
});

it('a key leads back to the name', () => {
  for (const name of NAMES) expect(queueNameOf(queueKey(name))).toBe(name);
});

it('what stands in an address has the key that the server makes of it', () => {
  const keys = ['~bWFpbA', '~zz', '~Lg', '~bWFpbAo', '~_w', '~', '~!!', 'a/b'];
  for (const text of [...NAMES, ...NAMES.map(queueKey), ...keys])
    expect(queueKeyIn(text), text).toBe(serverKey(nameOfKey(text)));
});
