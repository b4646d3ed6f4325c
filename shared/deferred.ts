/** A promise that is settled from outside. (Promise.withResolvers, which Node.js has from 22 on.) */
export class Deferred<T> {
  readonly promise: Promise<T>;
  // The promise's constructor sets both at once.
  resolve!: (value: T) => void;
  reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
