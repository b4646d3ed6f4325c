/** Names a message as long as it lives, over restarts as well. */
export interface MessageRef {
  /** Where it is in the table. */
  readonly slot: number;
  /** The message's own id. */
  readonly id: number;
}

const REF = /^([0-9a-f]{1,8})-([0-9a-f]{1,14})$/;

/** A handle as people and programs pass it on: both numbers in hexadecimal. */
export function refText({ slot, id }: MessageRef): string {
  return `${slot.toString(16)}-${id.toString(16)}`;
}

/** Undefined for what is no handle. */
export function parseRef(text: string): MessageRef | undefined {
  const [, slot, id] = REF.exec(text) ?? [];
  if (slot === undefined || id === undefined) return undefined;
  const ref = { slot: Number.parseInt(slot, 16), id: Number.parseInt(id, 16) };
  return Number.isSafeInteger(ref.id) ? ref : undefined;
}
