/** What is to be written, and how often. */
export interface BareSpec {
  /** Where; the file is removed again. */
  directory: string;
  /** Of each write. */
  bytes: number;
  warmUp: number;
  writes: number;
}
