/** Bytes as a hex dump: offset, bytes in two groups, and what of them is text. */
export function hexDump(bytes: Uint8Array, perLine: 8 | 16): string {
  const lines: string[] = [];
  const digits = Math.max(4, (Math.max(bytes.length, 1) - 1).toString(16).length);
  for (let from = 0; from < bytes.length; from += perLine) {
    const row = [...bytes.subarray(from, from + perLine)];
    const hex = row.map(
      (byte, i) => `${i > 0 && i % 8 === 0 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`,
    );
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'));
    const width = perLine * 3 - 1 + (perLine > 8 ? 1 : 0);
    lines.push(
      `${from.toString(16).padStart(digits, '0')}  ${hex.join(' ').padEnd(width)}  ${text.join('')}`,
    );
  }
  return lines.join('\n');
}

/** The bytes of a base64 text. */
export function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
