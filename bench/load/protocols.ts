import { beanstalkd } from './beanstalkd.ts';
import { memcached } from './memcached.ts';
import type { Protocol } from './protocol.ts';
import { redis } from './redis.ts';

export const protocols = { memcached, redis, beanstalkd } satisfies Record<string, Protocol>;

export type ProtocolName = keyof typeof protocols;
