/** A string that PHP turns into an integer when it is a key. */
const INTEGER_KEY = /^(?:0|-?[1-9]\d{0,14})$/;

/** A key as PHP's arrays have it: "7" is the integer 7, "07" is a string. */
export function phpKey(text: string): string | number {
  return INTEGER_KEY.test(text) ? Number(text) : text;
}

/** Sets a property of the object itself, whatever its name: `__proto__` is data like any other key. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
