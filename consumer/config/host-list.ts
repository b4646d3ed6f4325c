import { host } from '../../shared/host.ts';
import type { Reader } from '../../shared/value-readers.ts';

/** Reads a host, or several with commas between them: each once, in their order. `portKey`: where a port belongs. */
export function hostList(portKey: string): Reader<readonly string[]> {
  const one = host(portKey);
  return (text, directory) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.length > 1 && parts.includes(''))
      throw new Error(`"${text}" has nothing where a host should be`);
    return [...new Set(parts.map((part) => one(part, directory)))];
  };
}
