/** What runs the jobs. */
export type WorkerSource = ClassSource | CommandSource;

/** A file that exports the class. */
export interface ClassSource {
  readonly kind: 'class';
  readonly file: string;
  readonly className: string;
  /** Methods that may be called, out of those that the class allows; undefined: all of these. */
  readonly methods: readonly string[] | undefined;
  /** Where they are named, `file:line`. */
  readonly methodsAt?: string;
}

/** A program and its arguments, started in the directory. */
export interface CommandSource {
  readonly kind: 'command';
  readonly command: readonly [string, ...string[]];
  readonly directory: string;
  /** The class that the program is told to call; undefined: the program knows it. */
  readonly className: string | undefined;
  /** The methods that jobs may call. */
  readonly methods: readonly string[];
}
