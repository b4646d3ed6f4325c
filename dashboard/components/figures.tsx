import { bytes, compactCount, percent, rate } from '../format/numbers.ts';
import { locale } from '../language/language.ts';

/** A count in little space: `14.2k`, and all its digits for who points at it. */
export function Count({ of }: { readonly of: number }) {
  const { text, title } = compactCount(of, locale.value);
  return <span title={title}>{text}</span>;
}

/** How often a second. */
export function Rate({ of }: { readonly of: number }) {
  return <span>{rate(of, locale.value)}</span>;
}

export function Bytes({ of }: { readonly of: number }) {
  const { text, title } = bytes(of, locale.value);
  return <span title={title}>{text}</span>;
}

/** `of`: 0 to 1. */
export function Percent({ of }: { readonly of: number }) {
  return <span>{percent(of, locale.value)}</span>;
}

/** What has no figure. */
export function Nothing() {
  return <span class="muted">–</span>;
}
