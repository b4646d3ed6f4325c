import type { Clock } from '../clock.ts';
import { keptCost } from '../costs.ts';
import { Ledger } from '../ledger.ts';
import type { Log, MessageRecord } from '../log/log.ts';
import type { State } from '../state/state-machine.ts';
import { turn } from '../turn.ts';

/** Bytes of messages that are written in one turn. */
const WRITTEN_PER_TURN = 1024 * 1024;

/** A message that lives, and its last record. */
export interface LivingMessage {
  readonly slot: number;
  readonly record: MessageRecord;
}

/**
 * Writes a state to a log that has nothing yet: first all that is no message, and then the messages as they come, as
 * compaction writes those of a segment again. So whoever replays that log has the same state. Each record is to be valid
 * until the next one is asked for. `onWritten` is told of each message. Rejects with the log's errors; nothing of what was
 * written is sure to be durable before the log is flushed.
 */
export async function fillLog(
  log: Log,
  state: State,
  messages: Iterable<LivingMessage> | AsyncIterable<LivingMessage>,
  clock: Clock,
  onWritten: (slot: number, size: number) => void,
): Promise<void> {
  await log.replay({ apply: noEvent });
  const ledger = new Ledger(log, state, clock);
  await log.start();
  let unwritten = 0;
  for await (const { slot, record } of messages) {
    const { size } = record;
    await space(log, keptCost(size, state.silentBytes(slot)));
    ledger.keep(slot, record);
    onWritten(slot, size);
    unwritten += size;
    if (unwritten < WRITTEN_PER_TURN) continue;
    unwritten = 0;
    await turn();
  }
}

function noEvent(): never {
  throw new Error('there is something in the log already');
}

/** Resolves when there is space for a record. Rejects with the reason why there is none. */
async function space(log: Log, size: number): Promise<void> {
  while (!log.admit(size, 'compaction')) {
    await new Promise<void>((resolve, reject) => {
      log.onAdmit = resolve;
      // A log that fails admits nothing more.
      log.when('durable', { resolve() {}, reject }, undefined);
    });
    if (log.refusal !== undefined) throw log.refusal;
  }
}
