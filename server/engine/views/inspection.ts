import { DamagedError } from '../../../shared/errors.ts';
import { cutUtf8 } from '../../../shared/utf8.ts';
import type { MessageDetail, MessageRef, Preview } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { Jobs } from '../operations/jobs.ts';
import { historyOf, type MessageRecord } from '../records.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { NO_BYTES } from '../state/events.ts';
import { listedStateOf, rowOf, slotOf } from './message-row.ts';

/** So many records of one request are read at a time. */
const READERS = 2;

/** A message and its last record, as they are at one moment. */
interface Opened {
  readonly slot: number;
  readonly record: MessageRecord;
}

/** Opens messages for people. */
export class Inspection {
  readonly #base: Foundation;
  readonly #jobs: Jobs;

  constructor(base: Foundation, jobs: Jobs) {
    this.#base = base;
    this.#jobs = jobs;
  }

  async inspect(ref: MessageRef): Promise<MessageDetail | undefined> {
    const opened = await this.#open(ref);
    return opened && this.#detail(opened);
  }

  async preview(refs: readonly MessageRef[], bytes: number): Promise<(Preview | undefined)[]> {
    const previews: (Preview | undefined)[] = [];
    let next = 0;
    const read = async () => {
      while (next < refs.length) {
        const at = next++;
        previews[at] = await this.#preview(refs[at], bytes);
      }
    };
    await Promise.all(Array.from({ length: READERS }, read));
    return previews;
  }

  /** Undefined where it is gone. Rejects where its record cannot be read. */
  async #open(ref: MessageRef): Promise<Opened | undefined> {
    const { records } = this.#base;
    for (;;) {
      const slot = slotOf(this.#base, ref);
      if (slot === undefined) return undefined;
      const record = await records.look(slot).catch((problem: Error) => problem);
      if (slotOf(this.#base, ref) === undefined) return undefined;
      if (record instanceof Error) throw record;
      // Else it was written again meanwhile.
      if (records.isLast(slot, record)) return { slot, record };
    }
  }

  #detail({ slot, record }: Opened): MessageDetail {
    const { state } = this.#base;
    const row = rowOf(this.#base, slot);
    const attributes = decodeAttributes(record.attributes);
    const { end, origin } = attributes;
    const status = this.#jobs.describe(state.queueOf(slot), row.jobId, slot, record);
    const { startedAt, endedAt, error, result, heldBy, maxAttempts, backoff, everyMs, lastRun } = status;
    const recurrence = state.repeating.get(slot)?.recurrence;
    const isEnded = row.state === 'ended';
    return {
      ...row,
      enqueuedAt: record.enqueuedAt,
      startedAt,
      endedAt,
      flags: record.flags,
      body: isEnded ? NO_BYTES : Buffer.from(record.block.bytes.subarray(record.bodyStart, record.bodyEnd)),
      error,
      outcome: isEnded ? end?.state : undefined,
      result,
      heldBy,
      history: historyOf(record, state, slot),
      maxAttempts,
      backoff,
      everyMs,
      cron: recurrence?.kind === 'cron' ? recurrence.cron : undefined,
      lastRun,
      origin,
    };
  }

  async #preview(ref: MessageRef, bytes: number): Promise<Preview | undefined> {
    try {
      const opened = await this.#open(ref);
      if (opened === undefined) return undefined;
      const { block, bodyStart, bodyEnd, flags, error, attributes } = opened.record;
      const isEnded = listedStateOf(this.#base, opened.slot) === 'ended';
      return {
        body: Buffer.from(block.bytes.subarray(bodyStart, Math.min(bodyEnd, bodyStart + bytes))),
        bodyBytes: bodyEnd - bodyStart,
        flags,
        error: cutUtf8(error, bytes).toString(),
        outcome: isEnded ? decodeAttributes(attributes).end?.state : undefined,
      };
    } catch (problem) {
      if (!(problem instanceof DamagedError)) throw problem;
      return { body: NO_BYTES, bodyBytes: 0, flags: 0, error: problem.message, outcome: undefined };
    }
  }
}
