/** Why a request is refused; each protocol has its own way to say it. */
export type ProblemKind =
  /** A verb that nobody knows. */
  | 'unknown'
  /** The client's mistake. */
  | 'client'
  /** A body over the item size limit. */
  | 'too_large'
  /** A queue that takes no more. */
  | 'full'
  /** A disk that is full or failed. */
  | 'disk'
  /** The server is going down. */
  | 'stopping'
  | 'auth'
  | 'server';

export class Problem {
  readonly kind: ProblemKind;
  readonly text: string;
  /** The connection is of no use after this and is closed once the reply has left. */
  readonly fatal: boolean;

  constructor(kind: ProblemKind, text: string, fatal = false) {
    this.kind = kind;
    this.text = text;
    this.fatal = fatal;
  }
}

/** A client's mistake; `fatal` ones end the connection. */
export function clientError(text: string, fatal = false): Problem {
  return new Problem('client', text, fatal);
}
