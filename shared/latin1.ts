import { isUtf8 } from 'node:buffer';

/** A name of one latin1 character a byte as people read it: UTF-8 where its bytes are valid UTF-8, else as it is. */
export function readableName(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : name;
}

/** Any text as UTF-8 bytes, one latin1 character a byte, which is how replies are made. */
export function utf8AsLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
