/** Failed messages of one queue that failed with the same error. */
export class ErrorGroup {
  readonly queue: string;
  readonly key: string;
  /** The first line of the error of one that is, or was, among them. */
  readonly sample: string;
  count = 0;
  /** How many more are aside, to be tried again. */
  asideCount = 0;
  /** Engine time at which the first and the last failed, of all that there were since there are any. */
  firstAt = Number.POSITIVE_INFINITY;
  lastAt = 0;
  /** Of `ErrorRanks`: where it is there, between its neighbours. */
  rank = 0;
  previous: ErrorGroup | undefined;
  next: ErrorGroup | undefined;

  constructor(queue: string, key: string, sample: string) {
    this.queue = queue;
    this.key = key;
    this.sample = sample;
  }
}
