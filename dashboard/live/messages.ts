import type { Connectedness } from './connection-state.ts';

/** What tabs say to each other. */
export type Message = Here | Gone | Retry | Event;

/** Each visible tab says this each second, and when something has changed. */
export interface Here {
  readonly kind: 'here';
  readonly from: string;
  /** What it wants to have. */
  readonly topics: readonly string[];
  /** Whose events it takes. The leader tells who has begun to how all of its topics are. */
  readonly follows: string | undefined;
  /** How the leader is connected; undefined: it does not lead. */
  readonly leads: Connectedness | undefined;
}

/** It is hidden, or is closed. */
export interface Gone {
  readonly kind: 'gone';
  readonly from: string;
}

/** Somebody does not want to wait for the next try. */
export interface Retry {
  readonly kind: 'retry';
  readonly from: string;
}

/**
 * From the leader, with JSON as it came: a text is copied much faster than objects are, can be compared, and is parsed only in
 * the tabs that show it.
 */
export interface Event {
  readonly kind: 'event';
  readonly from: string;
  readonly topic: string;
  readonly text: string;
}
