/** Resolves in a later turn of the event loop: for long work, between its parts. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
