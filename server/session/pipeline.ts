import { MemqError } from '../../shared/errors.ts';
import type { Completion } from '../engine/api.ts';
import { Problem, type ProblemKind } from '../protocol/problem.ts';
import type { Reply, Status } from '../protocol/replies.ts';
import type { Command } from '../protocol/request.ts';
import type { Session } from './session.ts';

/** A request and, once it is known, its answer. Answers leave in the order of their requests. */
export class Exchange {
  readonly session: Session;
  readonly command: Command;
  reply: Reply | undefined = undefined;
  /** The one behind this, in the session's line. */
  next: Exchange | undefined = undefined;

  constructor(session: Session, command: Command) {
    this.session = session;
    this.command = command;
  }

  /** How much of the session's allowance of pending requests this takes. */
  get weight(): number {
    return 1;
  }

  /** The client is gone: whatever the answer will be, nobody gets it. */
  abandon(): void {}

  /** Ends a wait early, with what there is. */
  stopWaiting(): void {}

  settle(reply: Reply): void {
    this.reply = reply;
    this.session.answered();
  }

  refuse(problem: Problem): void {
    if (problem.fatal) this.session.runNoMore();
    this.settle(this.command.replies.problem(this.command, problem));
  }

  reject(error: Error): void {
    this.refuse(problemOf(error));
  }
}

/** An exchange that ends in a status: one for false and 0, another for all else. */
export class StatusExchange extends Exchange implements Completion<unknown> {
  readonly #yes: Status;
  readonly #no: Status;

  constructor(session: Session, command: Command, yes: Status, no: Status = yes) {
    super(session, command);
    this.#yes = yes;
    this.#no = no;
  }

  resolve(value: unknown): void {
    const status = value === false || value === 0 ? this.#no : this.#yes;
    this.settle(this.command.replies.status(this.command, status));
  }
}

const PROBLEM_KINDS: Readonly<Record<string, ProblemKind>> = {
  QUEUE_FULL: 'full',
  DISK: 'disk',
  DISK_FULL: 'disk',
  DAMAGED: 'disk',
  STOPPING: 'stopping',
};

/** How an engine's error is told to a client. */
export function problemOf(error: Error): Problem {
  const kind = error instanceof MemqError ? (PROBLEM_KINDS[error.code] ?? 'server') : 'server';
  return new Problem(kind, error.message);
}

/** Answers a command at once. */
export function answer(session: Session, command: Command, reply: Reply): void {
  const exchange = new Exchange(session, command);
  session.enter(exchange);
  exchange.settle(reply);
}

/** Answers a command with what is wrong with it. */
export function refuse(session: Session, command: Command, problem: Problem): void {
  const exchange = new Exchange(session, command);
  session.enter(exchange);
  exchange.refuse(problem);
}

/** A client's mistake; `fatal` ones end the connection. */
export function clientError(text: string, fatal = false): Problem {
  return new Problem('client', text, fatal);
}

/** A problem of a read. In the middle of an answer to many keys nobody would understand what follows. */
export function readProblem(command: Command, { kind, text, fatal }: Problem): Problem {
  return new Problem(kind, text, fatal || command.keys !== undefined);
}
