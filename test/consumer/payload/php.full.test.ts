import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { payloadReader } from '../../../consumer/payload/payload.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { withProgram } from '../../helpers/foreign.ts';

/** Reads queries, one a line in JSON; JSON_FORCE_OBJECT shows all arrays as objects, in the order of their keys. */
const PARSE_STR = `while (($line = fgets(STDIN)) !== false) {
  parse_str(json_decode($line), $result);
  echo json_encode($result, JSON_FORCE_OBJECT | JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE), "\n";
}`;

const VAR_EXPORT = `while (($line = fgets(STDIN)) !== false)
  echo base64_encode('m(' . var_export(array(base64_decode($line) => array(base64_decode($line))), true) . ')'), "\\n";`;

/** The fields as PHP shows them. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('/', '\\/');
  const entries = value instanceof Map ? [...value] : Object.entries(value as object);
  return `{${entries.map(([key, each]) => `${shown(key)}:${shown(each)}`).join(',')}}`;
}

withProgram('php', () => {
  it('any query is read as parse_str reads it, or refused where PHP drops a field', () => {
    const part = fc.constantFrom(
      ...'ab.=&[]+ 015_-é',
      '[]',
      '[ ]',
      '[a]',
      '=x&',
      '&a[',
      '%20',
      '%5B',
      '%00',
      '%0a',
      '-5',
    );
    const texts = fc.sample(fc.array(part, { maxLength: 14 }), 5000).map((parts) => parts.join('').trim());
    const queries = [...new Set(texts)].filter((text) => text !== '');
    const lines = execFileSync('php', ['-r', PARSE_STR], {
      input: `${queries.map((query) => JSON.stringify(query)).join('\n')}\n`,
      maxBuffer: 2 ** 26,
    });
    const expected = lines.toString().split('\n');
    const read = payloadReader({ format: 'query', charset: 'utf-8', client: undefined, isExact: true });
    let refused = 0;
    for (const [i, query] of queries.entries()) {
      try {
        const [fields] = read(Buffer.from(`f?${query}`), 0).args;
        expect({ query, fields: shown(fields) }).toEqual({ query, fields: expected[i] });
      } catch (error) {
        if (!(error instanceof PayloadError)) throw error;
        refused++;
        const keys = query
          .split('&')
          .map((field) => decodeURIComponent(field.split('=')[0].replaceAll('+', ' ')));
        expect({
          query,
          nameless: keys.some((key, i) => query.split('&')[i] !== '' && /^ *(?:\[|\0|$)/.test(key)),
        }).toEqual({ query, nameless: true });
      }
    }
    expect(refused).toBeLessThan(queries.length / 2);
  });

  it.each(['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'euc-jp', 'utf-8'])(
    'what var_export writes in %s is read back: every character of two bytes',
    (charset) => {
      const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: /^utf/.test(charset) });
      const values: { bytes: Buffer; text: string }[] = [];
      for (let lead = 0x80; lead <= 0xff; lead++) {
        for (let trail = 0x20; trail <= 0xff; trail++) {
          const bytes = Buffer.of(lead, trail, 0x27, lead, trail, 0x5c);
          try {
            values.push({ bytes, text: decoder.decode(bytes) });
          } catch {
            // No character has these bytes.
          }
        }
      }
      expect(values.length).toBeGreaterThan(1000);
      const output = execFileSync('php', ['-r', VAR_EXPORT], {
        input: `${values.map(({ bytes }) => bytes.toString('base64')).join('\n')}\n`,
        maxBuffer: 2 ** 26,
      });
      const calls = output.toString().trim().split('\n');
      const read = payloadReader({ format: 'call', charset, client: undefined });
      expect(calls.map((call) => read(Buffer.from(call, 'base64'), 0).args[0])).toEqual(
        values.map(({ text }) => ({ [text]: [text] })),
      );
    },
  );
});
