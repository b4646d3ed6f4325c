import { EMPTY, Opcode, type Response, ServerConnection } from './server-connection.ts';
import { Status } from './status.ts';

interface Item {
  readonly value: Buffer;
  /** The client flags (uint32) that it was stored with. */
  readonly flags: number;
}

/** What was taken by a lease. */
export interface LeasedItem extends Item {
  /** The lease's token, by which any connection can end it or make it longer. */
  readonly token: number;
}

/** The requests of memcache that we use, over one connection. */
export class Connection extends ServerConnection {
  /** Takes or reads what `key` names; undefined for a miss. `waitMs`: how long the key asks the server to wait. */
  async get(key: string, waitMs = 0): Promise<Item | undefined> {
    const response = await this.request(Opcode.get, key, EMPTY, EMPTY, waitMs);
    return response.header.status === Status.miss ? undefined : readItem(response);
  }

  /** Takes what `key` names by a lease of so many seconds, a whole number; undefined for a miss. `waitMs`: as for `get`. */
  async lease(key: string, seconds: number, waitMs = 0): Promise<LeasedItem | undefined> {
    const response = await this.request(Opcode.gat, key, uint32(seconds), EMPTY, waitMs);
    if (response.header.status === Status.miss) return undefined;
    return readLeased(response);
  }

  /**
   * Takes as much of what `key` names as there is now, up to `most`, by leases of so many seconds. What has come before a
   * failure is ours all the same: it is thrown only where nothing has.
   */
  async leases(key: string, seconds: number, most: number): Promise<LeasedItem[]> {
    const items: LeasedItem[] = [];
    let failure: unknown;
    const take = (response: Response) => {
      if (response.header.status === Status.ok) items.push(readLeased(response));
      else failure ??= this.refused(response);
    };
    try {
      await this.batch(Opcode.quietGat, key, uint32(seconds), most, () => 0, take);
    } catch (error) {
      failure ??= error;
    }
    if (failure !== undefined && items.length === 0) throw failure;
    return items;
  }

  /** Ends leases by their tokens, as done. `key`: any queue's. Gives the places, in `tokens`, of those of which the server took no note. */
  async endLeases(key: string, tokens: readonly number[]): Promise<number[]> {
    const refused: number[] = [];
    const tokenAt = (index: number) => tokens[index] ?? 0;
    await this.batch(Opcode.quietDelete, key, EMPTY, tokens.length, tokenAt, (_, index) => {
      refused.push(index);
    });
    return refused;
  }

  /** Stores `value`. `exptime` is memcached's: 0 for never, seconds up to 30 days, beyond that a Unix time. */
  async set(key: string, value: string | Buffer, exptime = 0): Promise<void> {
    await this.request(Opcode.set, key, storeExtras(exptime), value);
  }

  /** The same, unless there is one already: false. */
  async add(key: string, value: string | Buffer, exptime = 0): Promise<boolean> {
    const { header } = await this.request(Opcode.add, key, storeExtras(exptime), value);
    return header.status === Status.ok;
  }

  /** Whether there was something to delete. */
  async delete(key: string): Promise<boolean> {
    return (await this.request(Opcode.delete, key)).header.status === Status.ok;
  }

  /** Whether there was something to touch. */
  async touch(key: string, exptime: number): Promise<boolean> {
    return (await this.request(Opcode.touch, key, uint32(exptime))).header.status === Status.ok;
  }

  /** The answer to `stats <topic>`. */
  async stats(topic = ''): Promise<Map<string, string>> {
    const stats = new Map<string, string>();
    await this.request(Opcode.stat, topic, EMPTY, EMPTY, 0, ({ key, val }) => {
      if (key.length > 0) stats.set(key.toString(), val.toString());
      return key.length === 0;
    });
    return stats;
  }
}

function readItem({ extras, val }: Response): Item {
  return { value: val, flags: extras.length === 4 ? extras.readUInt32BE() : 0 };
}

function readLeased(response: Response): LeasedItem {
  const { value, flags } = readItem(response);
  const { cas } = response.header;
  return { value, flags, token: cas === undefined ? 0 : cas.readUInt32BE() * 2 ** 32 + cas.readUInt32BE(4) };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** No flags, and when the value expires. */
function storeExtras(exptime: number): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(exptime, 4);
  return extras;
}
