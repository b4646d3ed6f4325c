import type { Context } from 'hono';
import { accepts } from 'hono/accepts';

export type Encoding = 'br' | 'gzip';

/**
 * The one of these encodings that the client wants most, the first among equals; `identity` where it wants none
 * (RFC 9110, section 12.5.3).
 */
export function acceptedEncoding(context: Context, supports: readonly Encoding[]): Encoding | 'identity' {
  const found = accepts(context, {
    header: 'Accept-Encoding',
    supports: [...supports],
    default: 'identity',
    match: (accepted) => {
      const quality = (name: string) => accepted.find(({ type }) => type.toLowerCase() === name)?.q;
      const qualityOf = (name: Encoding) => quality(name) ?? quality('*') ?? 0;
      const [best] = [...supports].sort((a, b) => qualityOf(b) - qualityOf(a));
      if (best === undefined || qualityOf(best) === 0) return 'identity';
      return (quality('identity') ?? 0) > qualityOf(best) ? 'identity' : best;
    },
  });
  return found as Encoding | 'identity';
}
