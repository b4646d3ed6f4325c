const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Seconds of `30`, `30s`, `5m`, `2h`, `1d`; undefined for what is no time. */
export function delaySeconds(text: string): number | undefined {
  const [, number, unit = 's'] = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const seconds = UNITS[unit.toLowerCase() || 's'];
  if (number === undefined || seconds === undefined) return undefined;
  const delay = Number(number) * seconds;
  return delay < 10_000_000_000 ? delay : undefined;
}
