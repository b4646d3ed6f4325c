import { row } from '../state/message-table.ts';
import type { State } from '../state/state-machine.ts';

/** Slots of all messages, in the order in which their records are in the log. */
export function slotsByPosition({ table }: State): Uint32Array {
  const positionOf = (slot: number) => table.page(slot).position[row(slot)];
  return Uint32Array.from(table.slots()).sort((a, b) => positionOf(a) - positionOf(b));
}
