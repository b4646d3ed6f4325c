import type { Breakage } from '../helpers/program.ts';

const COMMITTER = 'server/engine/log/local/committer.ts';
const FILES = 'server/engine/log/local/segment-files.ts';
const JOBS = 'server/engine/operations/jobs.ts';
const LEDGER = 'server/engine/ledger.ts';
const LOG = 'server/engine/log/local/local-log.ts';
const LOG_READER = 'server/engine/log/local/log-reader.ts';
const QUEUE_ADMIN = 'server/engine/operations/queue-admin.ts';
const FOUND = 'server/engine/log/local/found-segments.ts';
const TAIL_START = 'server/engine/log/local/tail-start.ts';
const SEGMENT_READER = 'server/engine/log/local/segment-reader.ts';

/** What the simulation has to notice. */
export const BREAKAGES: readonly Breakage[] = [
  // When answers leave.
  {
    what: 'a set is answered after the write',
    file: COMMITTER,
    text: 'if (this.#tail.isUnwritten) this.#unwritten.add(completion, value);',
    replacement: 'if (this.#tail.isUnwritten) this.#untilWritten.add(completion, value);',
  },
  {
    what: 'a take is answered before the write',
    file: COMMITTER,
    text: 'if (this.#tail.isUnwritten) this.#untilWritten.add(completion, value);\n    else completion.resolve(value);',
    replacement: 'completion.resolve(value);',
  },
  {
    what: 'no fdatasync off the event loop',
    file: COMMITTER,
    text: 'else this.#file.sync(done);',
    replacement: 'else setImmediate(done, null);',
  },
  {
    what: 'no fdatasync on the event loop',
    file: COMMITTER,
    text: 'this.#file.syncNow();',
    replacement: '',
  },
  {
    what: 'a sync covers what is written while it is under way',
    file: COMMITTER,
    text: 'this.#covered.resolve();',
    replacement: 'this.#covered.takeAll(this.#unsynced);\n    this.#covered.resolve();',
  },
  {
    what: 'after a failed sync or write it goes on',
    file: COMMITTER,
    text: 'waiting.reject(this.failure);',
    replacement: 'waiting.reject(new DiskError(reason.message));\n      this.failure = undefined;',
  },
  {
    what: 'who asks while a sync is under way shares it, whatever was written since',
    file: COMMITTER,
    text: 'else if (this.#syncing && this.#syncsTo === this.#written)',
    replacement: 'else if (this.#syncing)',
  },
  {
    what: 'what is written while a sync is under way counts as synced',
    file: COMMITTER,
    text: 'this.#synced = this.#syncsTo;',
    replacement: 'this.#synced = this.#written;',
  },
  // Answers that wait for what they have seen.
  {
    what: 'what an answer has seen only has to be written',
    file: COMMITTER,
    text: 'else if (this.#isSynced) completion.resolve(value);',
    replacement: 'else if (this.#synced <= this.#written) completion.resolve(value);',
  },
  {
    what: 'a NOT_STORED is answered at once',
    file: 'server/engine/operations/enqueue.ts',
    text: 'ledger.whenDurable(done, NOT_STORED);',
    replacement: 'done.resolve(NOT_STORED);',
  },
  {
    what: 'a cancel of what runs is answered after the write',
    file: JOBS,
    text: 'ledger.whenDurable(this.#telling(',
    replacement: 'ledger.whenWritten(this.#telling(',
  },
  {
    what: 'a second cancel is answered at once',
    file: JOBS,
    text: 'return slot;\n    ledger.whenDurable(done, false);',
    replacement: 'return slot;\n    done.resolve(false);',
  },
  {
    what: 'a second pause is answered at once',
    file: QUEUE_ADMIN,
    text: 'if (!queue.isPaused) ledger.pause(queue);',
    replacement: 'if (queue.isPaused) return done.resolve(undefined);\n    ledger.pause(queue);',
  },
  {
    what: 'a second drop is answered at once',
    file: QUEUE_ADMIN,
    text: 'ledger.whenDurable(done, queue !== undefined);',
    replacement:
      'if (queue === undefined) return done.resolve(false);\n    ledger.whenDurable(done, queue !== undefined);',
  },
  {
    what: 'that there is nothing to try again is answered at once',
    file: 'server/engine/operations/retry-failed.ts',
    text: 'ledger.whenDurable(done, 0);',
    replacement: 'done.resolve(0);',
  },
  {
    what: 'a status is answered at once',
    file: JOBS,
    text: 'ledger.whenDurable(done, this.describe(state.queueOf(slot), jobId, slot, record));',
    replacement: 'done.resolve(this.describe(state.queueOf(slot), jobId, slot, record));',
  },
  {
    what: 'that there is no status is answered at once',
    file: JOBS,
    text: 'ledger.whenDurable(done, undefined);',
    replacement: 'done.resolve(undefined);',
  },
  {
    what: 'a miss is answered before the take that emptied the queue is written',
    file: 'server/engine/operations/dispatcher.ts',
    text: 'this.#base.ledger.whenWritten(done, undefined);',
    replacement: 'done.resolve(undefined);',
  },
  {
    what: 'that a lease is over is answered before its end is written',
    file: 'server/engine/operations/held-messages.ts',
    text: 'if (slot === undefined) ledger.whenWritten(done, false);',
    replacement: 'if (slot === undefined) done.resolve(false);',
  },
  // Segments.
  {
    what: 'a segment is begun before the last one is synced',
    file: COMMITTER,
    text: 'this.#turning = this.#syncing || !this.#isSynced;',
    replacement: 'this.#turning = false;',
  },
  {
    what: 'a batch says that more is synced than was',
    file: COMMITTER,
    text: 'this.#tail.syncedOffset = this.#synced;',
    replacement: 'this.#tail.syncedOffset = this.#written;',
  },
  {
    what: 'the directory is not synced when a segment is made',
    file: FILES,
    text: 'file.bytes = bytes;\n    this.#fs.syncDirectory(this.#directory);',
    replacement: 'file.bytes = bytes;',
  },
  {
    what: 'the directory is not synced when a segment is freed',
    file: FILES,
    text: 'must not have a gap behind it.\n    this.#fs.syncDirectory(this.#directory);',
    replacement: 'must not.',
  },
  {
    what: 'a segment is freed that is not the oldest',
    file: 'server/engine/log/segment-list.ts',
    text: 'const oldest = this.#segments.shift() as Segment;',
    replacement: 'const oldest = this.#segments.splice(this.#segments.length > 2 ? 1 : 0, 1)[0] as Segment;',
  },
  {
    what: 'a segment is freed before its survivors are synced',
    file: LOG,
    text: 'await this.flush();',
    replacement: '',
  },
  {
    what: 'a survivor loses its attempts',
    file: LEDGER,
    text: 'this.change(slot, record, time === undefined ? {} : { time });',
    replacement: 'this.change(slot, record, time === undefined ? { attempts: 0 } : { time, attempts: 0 });',
  },
  {
    what: 'a checkpoint forgets that a queue is paused',
    file: 'server/engine/state/checkpoint-page.ts',
    text: 'if (queue.isPaused) paused |= 1 << i;',
    replacement: '',
  },
  {
    what: 'a checkpoint says what it said of a queue before',
    file: 'server/engine/state/checkpoint.ts',
    text: 'page.encoded = undefined;',
    replacement: 'page.encoded ??= undefined;',
  },
  // Records.
  {
    what: 'no CRC is looked at',
    file: 'server/engine/log/codec/record.ts',
    text: 'start + size <= block.used && block.words[start >> 2] === crcOf(block, start + 4, start + size);',
    replacement: 'start + size <= block.used;',
  },
  {
    what: 'CRCs do not depend on the segment',
    file: 'server/engine/log/codec/block.ts',
    text: '(signature.seed + this.segment) >>> 0',
    replacement: 'signature.seed',
  },
  {
    what: 'no CRC of a body is looked at by a start',
    file: SEGMENT_READER,
    text: "if (!isWhole && this.#bodies === 'end') return false;",
    replacement: '',
  },
  {
    what: 'an attempt that begins is not on record',
    file: 'server/engine/log/codec/event-record.ts',
    text: 'case EventType.reserve:\n      words[word + 1] = event.type | (event.attempts << 16);',
    replacement:
      'case EventType.reserve:\n      words[word + 1] = event.type | (Math.max(0, event.attempts - 1) << 16);',
  },
  // Starts.
  {
    what: 'a segment is one before it has its checkpoint',
    file: FOUND,
    text: 'while (last > bounds.newest && !this.#hasCheckpoint(last)) last--;',
    replacement: '',
  },
  // Groups.
  {
    what: 'what has expired stays as long as its group may not go on',
    file: 'server/engine/background/expiry.ts',
    text: 'const slot = queue.ready.peek();',
    replacement: 'const slot = queue.ready.next();',
  },
  {
    what: 'what is only set aside holds its group',
    file: 'server/engine/state/message-lists.ts',
    text: 'else if (group !== undefined) queue.countRunning(group, change);',
    replacement: 'if (group !== undefined) queue.countRunning(group, change);',
  },
  // Files that somebody takes away.
  {
    what: 'nobody misses the oldest segment',
    file: FOUND,
    text: 'this.bounds?.oldest ?? Number.POSITIVE_INFINITY,',
    replacement: 'Number.POSITIVE_INFINITY,',
  },
  {
    what: 'nobody misses the newest segment',
    file: FOUND,
    text: 'return Math.max(last, bounds.newest);',
    replacement: 'return last;',
  },
  {
    what: 'a segment is freed before that is on record',
    file: LOG,
    text: 'await this.#files.bounds.update({ oldest: this.#oldest.number + 1 });',
    replacement: '',
  },
  {
    what: 'a start leaves the clean end on record',
    file: TAIL_START,
    text: 'synced: offset, isClosed: false, nextId',
    replacement: 'synced: offset, nextId',
  },
  {
    what: 'a segment does not say where the last one ends',
    file: 'server/engine/log/local/tail.ts',
    text: 'this.begin(previousEnd);',
    replacement: 'this.begin(0);',
  },
  {
    what: 'a torn tail is taken for damage',
    file: LOG_READER,
    text: 'this.#tornBytes = tornLength(window, at);',
    replacement:
      "this.#tornBytes = tornLength(window, at);\n    if (this.#tornBytes > 0) this.#damage(number, at, at, 'records');",
  },
  {
    what: 'what is behind a torn tail is replayed',
    file: SEGMENT_READER,
    text: 'yield;\n    }\n    return at;',
    replacement: `yield;
    }
    if (this.#bodies === 'end')
      for (let next = at + 8; next < limit; next += 8) if (window.find(next)) this.#read(next);
    return at;`,
  },
  {
    what: 'ids go on where the disk says',
    file: LOG_READER,
    text: 'this.#nextId + ID_GAP',
    replacement: 'this.#nextId',
  },
  {
    what: 'what was open stays so',
    file: 'server/engine/engine.ts',
    text: "openReads()) {\n      this.#leases.release(state.leases.of(slot).token, 'stop', IGNORED);",
    replacement: 'openReads()) {\n      void slot;',
  },
];
