import type { IconName } from '../../icons/icons.ts';

/** Something that the palette offers. */
export interface Command {
  /** It is remembered by that. */
  readonly id: string;
  readonly icon: IconName;
  readonly title: string;
  /** Behind the title, what others have written. */
  readonly name?: string;
  /** What it is found by besides, in English: who writes Chinese does not have to. */
  readonly also?: string;
  /** At its end: a key, a figure. */
  readonly keys?: readonly string[];
  readonly note?: string;
  /** Why the user may not do it. */
  readonly refused?: string | undefined;
  /** The palette goes on: something has to be chosen yet. */
  readonly goesOn?: boolean;
  readonly run: () => void;
}

export interface Section {
  readonly key: string;
  readonly title: string;
  readonly commands: readonly Command[];
}
