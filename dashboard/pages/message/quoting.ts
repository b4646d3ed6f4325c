/** A word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A literal of PHP in single quotes, in which nothing is read but these two. */
export function phpText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** A literal of JavaScript. */
export function jsText(text: string): string {
  if (text.includes("'") || /[\\\n\r\t\u2028\u2029]/.test(text)) return JSON.stringify(text);
  return `'${text}'`;
}

/** Whether a text comes through a terminal and a clipboard as it is: not long, and nothing in it is hidden. */
export function isPasteable(text: string): boolean {
  return text.length <= 2000 && !/[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

/** Bytes as PHP has them in double quotes. */
export function phpBytes(bytes: Uint8Array): string {
  return `"${escaped(bytes, /[\w :=./@-]/, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`)}"`;
}

/** Bytes as the format of `printf` has them. */
export function printfBytes(bytes: Uint8Array): string {
  return escaped(bytes, /[^%\\']/, (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
}

function escaped(bytes: Uint8Array, plain: RegExp, mark: (byte: number) => string): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return byte > 0x20 && byte < 0x7f && plain.test(character) ? character : mark(byte);
  }).join('');
}
