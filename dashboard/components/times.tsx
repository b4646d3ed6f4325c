import { duration, durationOfSeconds } from '../format/durations.ts';
import { dateTime, relativeTime, shortDateTime, timeZoneOf, utcTitle } from '../format/times.ts';
import { locale } from '../language/language.ts';
import { timeZone } from '../preferences/preferences.ts';
import { Nothing } from './figures.tsx';
import { now } from './now.ts';

/** A time of the server's, ISO 8601; null where there is none. */
type At = string | null;

/** The time of a day, or its date: by the clock that the user chose, with that in UTC for who points at it. */
export function Time({ at, isWhole = false }: { readonly at: At; readonly isWhole?: boolean }) {
  if (at === null) return <Nothing />;
  const ms = Date.parse(at);
  const zone = timeZoneOf(timeZone.value);
  const text = isWhole ? dateTime(ms, locale.value, zone) : shortDateTime(ms, now.peek(), locale.value, zone);
  return (
    <time dateTime={at} title={utcTitle(ms)}>
      {text}
    </time>
  );
}

/** How far away a time is: `2 h ago`, `in 3 min`. */
export function Relative({ at }: { readonly at: At }) {
  if (at === null) return <Nothing />;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={titleOf(ms)}>
      {relativeTime(ms, now.value, locale.value)}
    </time>
  );
}

/** For how long something has gone on. */
export function Since({ at }: { readonly at: At }) {
  if (at === null) return <Nothing />;
  const ms = Date.parse(at);
  const seconds = Math.max(0, Math.floor((now.value - ms) / 1000));
  return (
    <time dateTime={at} title={titleOf(ms)}>
      {durationOfSeconds(seconds, locale.value)}
    </time>
  );
}

export function Duration({ ms }: { readonly ms: number | null }) {
  return ms === null ? <Nothing /> : <span>{duration(ms, locale.value)}</span>;
}

export function Seconds({ of }: { readonly of: number }) {
  return <span>{durationOfSeconds(of, locale.value)}</span>;
}

function titleOf(ms: number): string {
  return `${dateTime(ms, locale.value, timeZoneOf(timeZone.value))}\n${utcTitle(ms)}`;
}
