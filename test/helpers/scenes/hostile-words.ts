const SCRIPT = '<script>alert(1)</script>';

/** Texts that a page may take for something else, or that break its layout. */
export const WORDS: readonly (string | Buffer)[] = [
  SCRIPT,
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  `'";--></style></title>${SCRIPT}`,
  'javascript:alert(1)',
  '{{constructor.constructor("alert(1)")()}}',
  '&lt;b&gt;&amp;amp;',
  'invoice\u202Egnp.exe',
  '\u2066\u2067\u202Aisolated\u2069\u200B\u200Bzero\u200Bwidth\uFEFF',
  'مرحبا بالعالم 123 שלום',
  '👩‍👩‍👧‍👦🏴‍☠️ e\u0301\u0301\u0301\u0301\u0301\u0301',
  '队列/任务-王小明',
  'W'.repeat(180),
  'a\u0000b\u0001c\u001B[31mred\u001B[0m\u0007\u0085',
  Buffer.from([0xff, 0xfe, 0x41, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
  'line one\r\nline two\nset mail 0 0 1\r\nx',
  '%2e%2e%2f..%2fetc%2fpasswd?x=1#y',
  '..',
  '__proto__',
  'constructor',
  'null',
  '9007199254740993',
  '    ',
];

/** The same as the name of a queue, which may be any bytes but these. */
export function asName(word: string | Buffer): Buffer {
  const bytes = Buffer.from(word)
    // A form feed stands between attributes as well as a blank does.
    .map((byte) => (byte === 0x20 ? 0x0c : byte))
    .filter((byte) => ![0x00, 0x0a, 0x0d, 0x2f].includes(byte));
  return Buffer.from(bytes);
}
