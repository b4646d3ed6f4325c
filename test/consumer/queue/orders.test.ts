import { expect, it } from 'vitest';
import { readOrders } from '../../../consumer/queue/orders.ts';

it('understands what it is told, and leaves out what it does not know, and what is none', () => {
  const lines = [
    '{"order":"quiet"}',
    '{"order":"dance"}',
    '{"order":"cancel","queue":"q","id":"a","lease":17}',
    '{"order":"cancel","queue":"q","id":"b"}',
    'null',
    '17',
    '{"order":',
    '',
    '{"order":"stop","since":1}',
  ];
  expect(readOrders(lines.join('\n'))).toEqual([
    { order: 'quiet' },
    { order: 'cancel', lease: 17 },
    { order: 'stop' },
  ]);
  expect(readOrders('')).toEqual([]);
});
