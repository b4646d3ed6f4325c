/** How what is serialized as text begins. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:[aOC]:\d+:[{"]|[sE]:\d+:"|[ibd]:[-+.\dEINFA]+;$|N;$)/, 'serialize() of PHP'],
  [/^(?:\(?[dl]p?\d*\n|c\w[\w.]*\n\w+\n|[FIV].*\np?\d*\n?\.$)/, 'pickle of Python'],
];

/** How what is serialized as bytes begins, in hexadecimal. */
const BYTES: readonly (readonly [RegExp, string])[] = [
  [/^0000000[12]/, 'igbinary of PHP'],
  [/^800[2-5]/, 'pickle of Python'],
  [/^0408/, 'Marshal of Ruby'],
  [/^aced0005/, 'the serialization of Java'],
  [/^(?:050[5-9a-f]|040[5-9a-f]083132333435363738)/, 'Storable of Perl'],
  [/^0001000000ffffffff/, 'the BinaryFormatter of .NET'],
];

/** How many bytes are looked at. */
const BEGINNING = 64;

/** With what `value` was serialized, as far as its beginning tells; undefined when it does not look so. */
export function serializerOf(value: Uint8Array): string | undefined {
  const bytes = Buffer.from(value.subarray(0, BEGINNING));
  const [text, hex] = [bytes.toString('latin1'), bytes.toString('hex')];
  const known = TEXTS.find(([pattern]) => pattern.test(text)) ?? BYTES.find(([pattern]) => pattern.test(hex));
  return known?.[1];
}
