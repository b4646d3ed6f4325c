type Made<T> = Map<string, T>;

const numberFormats: Made<Intl.NumberFormat> = new Map();
const dateTimeFormats: Made<Intl.DateTimeFormat> = new Map();
const relativeFormats: Made<Intl.RelativeTimeFormat> = new Map();

/** The format of numbers with these options: made once, since making one takes longer than a row of a table may. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return once(numberFormats, locale, options, () => new Intl.NumberFormat(locale, options));
}

export function dateTimeFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(dateTimeFormats, locale, options, () => new Intl.DateTimeFormat(locale, options));
}

export function relativeTimeFormat(
  locale: string,
  options: Intl.RelativeTimeFormatOptions,
): Intl.RelativeTimeFormat {
  return once(relativeFormats, locale, options, () => new Intl.RelativeTimeFormat(locale, options));
}

function once<T>(made: Made<T>, locale: string, options: object, make: () => T): T {
  const key = locale + JSON.stringify(options);
  const known = made.get(key);
  if (known !== undefined) return known;
  const format = make();
  made.set(key, format);
  return format;
}
