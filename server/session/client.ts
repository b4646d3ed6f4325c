import type { WatchList } from '../../shared/watch-list.ts';
import type { QueueEngine } from '../engine/api.ts';
import { HeldLeases } from './held-leases.ts';

/** Who is connected, what it has told of itself, and what it holds. */
export class Client {
  /** Where it is: an address and a port, or `unix`. */
  readonly address: string;
  readonly leases: HeldLeases;
  /** May do everything; before that only log in. */
  isLoggedIn = false;
  /** What `get $watch` reads from. */
  watchList: WatchList | undefined = undefined;
  /** What the client says of itself (`set $client`): JSON, or ''. */
  info = '';
  /** The worker that it is a part of, by the id that it has given itself (`worker` in that); '' for none. */
  worker = '';
  /** The number of the last order for its worker that it was told. */
  lastOrder = 0;

  constructor(engine: QueueEngine, address: string) {
    this.address = address;
    this.leases = new HeldLeases(engine);
  }

  /** Its name for those who look at what it holds: what it says of itself, else where it is. */
  get holder(): string {
    return this.info || this.address;
  }
}

/** The id of the worker that a client says it is a part of, in its `$client`; '' where it names none. */
export function workerIn(info: string): string {
  try {
    const { worker } = JSON.parse(info);
    return typeof worker === 'string' ? worker : '';
  } catch {
    // It has said nothing, or `null`.
    return '';
  }
}
