/** What runs the jobs. */
export type WorkerSource = ClassSource | CommandSource;

/** A file that exports the class. */
export interface ClassSource {
  readonly kind: 'class';
  /** The configuration's, in which the class runs. */
  readonly directory: string;
  readonly file: string;
  readonly className: string;
  /** Methods that may be called, out of those that the class allows; undefined: all of these. */
  readonly methods: readonly string[] | undefined;
  /** Where these two are written, to stand before what is wrong with them: `config.ini:4: `. */
  readonly places: { readonly className: string; readonly methods: string };
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
