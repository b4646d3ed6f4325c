import { fileURLToPath } from 'node:url';
import { Subprocess } from '../subprocess.ts';

export interface BareInsertOrder {
  readonly url: string;
  /** Records of each batch, and bytes of each of them. */
  readonly records: number;
  readonly bytes: number;
  readonly batches: number;
}

export interface BareInsertResult {
  readonly recordsPerSecond: number;
}

const entry = fileURLToPath(new URL('./bare-insert-main.js', import.meta.url));

/** Inserts one batch after the other, each a row and a statement of its own: the least that a log in a database can take. */
export async function bareInsert(order: BareInsertOrder): Promise<BareInsertResult> {
  const process = new Subprocess<BareInsertResult>('bare inserts', entry);
  try {
    return await process.ask({ ...order });
  } finally {
    await process.stop();
  }
}
