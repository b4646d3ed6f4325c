import pg from 'pg';
import { answerEach } from '../answer.ts';
import type { BareInsertOrder, BareInsertResult } from './bare-insert.ts';

// A process of its own, which does nothing else.
const WARM_UP_SHARE = 0.2;
const TABLE = 'CREATE TABLE IF NOT EXISTS bare_log (position bigint PRIMARY KEY, bytes bytea NOT NULL)';
const EXTERNAL = 'ALTER TABLE bare_log ALTER bytes SET STORAGE EXTERNAL';
const INSERT = { name: 'insert', text: 'INSERT INTO bare_log VALUES ($1, $2)' };

answerEach(measure);

async function measure({ url, records, bytes, batches }: BareInsertOrder): Promise<BareInsertResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(TABLE);
    await client.query(EXTERNAL);
    await client.query('TRUNCATE bare_log');
    const warmUp = Math.ceil(batches * WARM_UP_SHARE);
    let start = 0;
    for (let i = 0; i < warmUp + batches; i++) {
      if (i === warmUp) start = performance.now();
      const batch = Buffer.alloc(records * bytes, i);
      await client.query({ ...INSERT, values: [i * batch.length, batch] });
    }
    return { recordsPerSecond: (records * batches * 1000) / (performance.now() - start) };
  } finally {
    await client.query('DROP TABLE IF EXISTS bare_log').catch(() => {});
    await client.end();
  }
}
