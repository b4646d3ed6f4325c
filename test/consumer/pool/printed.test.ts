import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type PrintedRecord, PrintedWriter, printedReader } from '../../../consumer/pool/printed-records.ts';
import { TextLines } from '../../../consumer/pool/runtime/text-lines.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-printed-'));

afterAll(() => rmSync(directory, { recursive: true }));

function linesOf(chunks: readonly string[]): string[] {
  const told: string[] = [];
  const lines = new TextLines((line) => told.push(line));
  for (const chunk of chunks) lines.push(chunk);
  lines.flush();
  return told;
}

describe('lines', () => {
  it('are the same however their text comes in', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '😀', '\n', '\r', '\0') });
    fc.assert(
      fc.property(fc.array(text), (chunks) => {
        const whole = chunks.join('').split('\n');
        expect(linesOf(chunks)).toEqual(whole.map((line) => line.replace(/\r$/, '')).filter(Boolean));
      }),
    );
  });

  it('that are long come in pieces, cut between characters', () => {
    for (const start of ['', 'x']) {
      const line = start + '😀'.repeat(20_000);
      const pieces = linesOf([line.slice(0, 30_001), `${line.slice(30_001)}\nnext`]);
      expect(pieces.pop()).toBe('next');
      expect(pieces.join('')).toBe(line);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(8192);
        expect(Buffer.from(piece).toString()).toBe(piece);
      }
    }
  });
});

describe('records', () => {
  const job = { queue: 'mail"\n', id: '17', job: 'k', attempt: 3 };

  /** What the parent reads of what the child wrote, in chunks of this size. */
  function read(write: (writer: PrintedWriter) => void, chunkSize: number): PrintedRecord[] {
    const file = join(directory, 'records');
    const fd = openSync(file, 'w');
    write(new PrintedWriter(fd));
    closeSync(fd);
    const records: PrintedRecord[] = [];
    const push = printedReader((record) => records.push(record));
    const bytes = readFileSync(file);
    for (let start = 0; start < bytes.length; start += chunkSize) {
      push(bytes.subarray(start, start + chunkSize));
    }
    return records;
  }

  it('say whose text it is, in the order in which it was printed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1 })),
        fc.integer({ min: 1, max: 100 }),
        (texts, chunkSize) => {
          const records = read((writer) => {
            for (const text of texts) writer.print(job, 'stderr', text);
            writer.print(undefined, 'stdout', 'of none');
            writer.end(job, true);
          }, chunkSize);
          const printed = texts.map((text) => ({ job, stream: 'stderr', text }));
          expect(records).toEqual([...printed, { stream: 'stdout', text: 'of none' }, { job, isDone: true }]);
        },
      ),
    );
  });

  it('carry text of any length, of the worst characters', () => {
    const text = '\0'.repeat(1_000_000);
    const records = read((writer) => writer.print(job, 'stdout', text), 60_000);
    expect(records.map((record) => ('text' in record ? record.text : '')).join('')).toBe(text);
  });

  it('that a killed process left unfinished are passed over', () => {
    const records: PrintedRecord[] = [];
    const push = printedReader((record) => records.push(record));
    push(Buffer.from('{"job":{"queue":"q","id":"1","att\n{"stream":"stdout","text":"x"}\n'));
    expect(records).toEqual([{ stream: 'stdout', text: 'x' }]);
  });

  it('written to a parent that is gone are dropped', () => {
    const fd = openSync(join(directory, 'closed'), 'w');
    closeSync(fd);
    expect(() => new PrintedWriter(fd).print(job, 'stdout', 'a word')).not.toThrow();
  });
});
