import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import type { Coverage } from './coverage.ts';
import type { Diary } from './diary.ts';
import type { Identities } from './identities.ts';
import type { Traits } from './traits.ts';
import type { Workload } from './workload.ts';

/** What all parts of a run share, from its first server to its last. */
export interface Run {
  readonly traits: Traits;
  readonly clock: Clock;
  readonly clients: readonly Client[];
  readonly workload: Workload;
  readonly identities: Identities;
  readonly coverage: Coverage;
  readonly diary: Diary;
}
