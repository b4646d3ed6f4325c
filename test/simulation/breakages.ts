import type { Breakage } from '../helpers/program.ts';

const COMMITTER = 'server/engine/log/local/committer.ts';
const FILES = 'server/engine/log/local/segment-files.ts';
const RECOVERY = 'server/engine/log/local/recovery.ts';
const TAIL = 'server/engine/log/local/local-log.ts';

/** What the simulation has to notice. */
export const BREAKAGES: readonly Breakage[] = [
  // When answers leave.
  {
    what: 'a set is answered after the write',
    file: COMMITTER,
    text: "else if (this.#policy === 'always') this.#unwritten.add(completion, value);",
    replacement: "else if (this.#policy === 'always') this.#untilWritten.add(completion, value);",
  },
  {
    what: 'a take is answered before the write',
    file: COMMITTER,
    text: 'else this.#untilWritten.add(completion, value);\n    this.schedule();\n  }\n\n  whenSynced',
    replacement: 'else completion.resolve(value);\n    this.schedule();\n  }\n\n  whenSynced',
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
    replacement: 'waiting.reject(new DiskError(error.message));\n      this.failure = undefined;',
  },
  // Segments.
  {
    what: 'a segment is begun before the last one is synced',
    file: COMMITTER,
    text: 'this.#turning = this.#syncing || this.#synced < this.#written;',
    replacement: 'this.#turning = false;',
  },
  {
    what: 'a batch says that more is synced than was',
    file: COMMITTER,
    text: 'this.#tail.syncedOffset = written;',
    replacement: 'this.#tail.syncedOffset = this.#written;',
  },
  {
    what: 'the directory is not synced when a segment is made',
    file: FILES,
    text: 'this.#keep(number, file);\n    this.#fs.syncDirectory(this.#directory);',
    replacement: 'this.#keep(number, file);',
  },
  {
    what: 'the directory is not synced when a segment is freed',
    file: FILES,
    text: 'must not have a gap behind it.\n    this.#fs.syncDirectory(this.#directory);',
    replacement: 'must not.',
  },
  {
    what: 'a segment is freed that is not the oldest',
    file: TAIL,
    text: 'const segment = this.segments.shift() as number;',
    replacement: 'const segment = this.segments.splice(this.segments.length > 2 ? 1 : 0, 1)[0] as number;',
  },
  {
    what: 'a segment is freed before its survivors are synced',
    file: 'server/engine/background/compactor.ts',
    text: 'await this.#journal.committer.flush();',
    replacement: '',
  },
  {
    what: 'a survivor loses its attempts',
    file: 'server/engine/ledger.ts',
    text: 'this.change(slot, record, time === undefined ? {} : { time });',
    replacement: 'this.change(slot, record, time === undefined ? { attempts: 0 } : { time, attempts: 0 });',
  },
  // Records.
  {
    what: 'no CRC is looked at',
    file: 'server/engine/log/codec/record.ts',
    text: 'start + size <= block.used && block.words[start >> 2] === headerCrc(block, start, start + size);',
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
    file: RECOVERY,
    text: "if (!isWhole && this.#bodies === 'end') return false;",
    replacement: '',
  },
  {
    what: 'an attempt that begins is not on record',
    file: 'server/engine/core.ts',
    text: 'this.journal.appendReserve(slot, sequence, attempts, token, deadline);',
    replacement: 'this.journal.appendReserve(slot, sequence, Math.max(0, attempts - 1), token, deadline);',
  },
  // Starts.
  {
    what: 'a start does not bring to the disk what it has read',
    file: RECOVERY,
    text: 'if (next === undefined) files.persist(number);',
    replacement: '',
  },
  {
    what: 'a start writes on in the last segment',
    file: TAIL,
    text: 'const segment = (last ?? 0) + 1;',
    replacement: 'const segment = last ?? 1;',
  },
  {
    what: 'a start goes on before its segment is on the disk',
    file: TAIL,
    text: 'this.#begin(this.recovered.ends.at(-1) ?? 0);\n    await this.committer.flush();',
    replacement: 'this.#begin(this.recovered.ends.at(-1) ?? 0);',
  },
  {
    what: 'a segment does not say where the last one ends',
    file: TAIL,
    text: 'this.#begin(this.recovered.ends.at(-1) ?? 0);',
    replacement: 'this.#begin(0);',
  },
  {
    what: 'a torn tail is taken for damage',
    file: RECOVERY,
    text: 'tornBytes = tornLength(window, end);',
    replacement:
      'tornBytes = tornLength(window, end);\n    if (tornBytes > 0) throw damagedRecords(files.path(number), end);',
  },
  {
    what: 'what is behind a torn tail is replayed',
    file: RECOVERY,
    text: 'this.#read(at); at += window.size) this.records++;',
    replacement: `this.#read(at); at += window.size) this.records++;
    if (this.#bodies === 'end')
      for (let next = at + 8; next < limit; next += 8) if (window.find(next)) this.#read(next);`,
  },
  {
    what: 'ids go on where the disk says',
    file: RECOVERY,
    text: 'nextId + ID_GAP',
    replacement: 'nextId',
  },
  {
    what: 'what was open stays so',
    file: 'server/engine/engine.ts',
    text: 'this.release(state.reservations.of(slot).token, true, IGNORED);',
    replacement: 'void slot;',
  },
];
