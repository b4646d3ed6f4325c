/** A string that PHP turns into an integer when it is a key. */
const INTEGER_KEY = /^(?:0|-?[1-9]\d{0,14})$/;

/** An object that a payload has; a Map where the order of its keys is to be kept, whatever they are. */
export type Fields = Record<string, unknown> | Map<string, unknown>;

/** A key as PHP's arrays have it: "7" is the integer 7, "07" is a string. */
export function phpKey(text: string): string | number {
  return INTEGER_KEY.test(text) ? Number(text) : text;
}

/** The index that PHP gives to an element without a key. `last`: the highest index so far, -Infinity for none. */
export function nextIndex(last: number): number {
  return last === Number.NEGATIVE_INFINITY ? 0 : last + 1;
}

/** Sets a property of the object itself, whatever its name: `__proto__` is data like any other key. */
export function setOwn(object: Fields, key: string, value: unknown): void {
  if (object instanceof Map) {
    object.set(key, value);
  } else if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
