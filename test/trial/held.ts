import { LiveBytes } from '../../server/engine/log/live-bytes.ts';
import { LocalLog } from '../../server/engine/log/local/local-log.ts';
import { nodeFileSystem } from '../../server/engine/log/local/node-file-system.ts';
import type { Event } from '../../server/engine/state/events.ts';
import { EventType } from '../../server/engine/state/events.ts';
import { MessageState } from '../../server/engine/state/message-table.ts';
import { State } from '../../server/engine/state/state-machine.ts';

/** What a log says of reservations. */
export interface Held {
  readonly reservations: number;
  /** Most that were reserved at once, in all and of one group. */
  readonly most: number;
  readonly mostOfGroup: number;
}

/** Goes through a log, none of which was freed, and counts after each event what is reserved. */
export async function countHeld(directory: string): Promise<Held> {
  const state = new State(new LiveBytes());
  /** Groups of what is reserved, by slot. */
  const held = new Map<number, string>();
  const ofGroup = new Map<string, number>();
  let reservations = 0;
  let most = 0;
  let mostOfGroup = 0;
  const drop = (slot: number): void => {
    const group = held.get(slot);
    if (group === undefined) return;
    held.delete(slot);
    ofGroup.set(group, (ofGroup.get(group) as number) - 1);
  };
  const apply = (event: Event, position: number): void => {
    state.apply(event, position);
    if (!isOfMessage(event.type)) return;
    const { slot } = event;
    if (!state.table.has(slot) || !isReserved(state.stateOf(slot))) return drop(slot);
    if (held.has(slot)) return;
    const group = state.groupOf(slot) ?? '';
    const count = (ofGroup.get(group) ?? 0) + 1;
    held.set(slot, group);
    ofGroup.set(group, count);
    reservations++;
    most = Math.max(most, held.size);
    if (group !== '') mostOfGroup = Math.max(mostOfGroup, count);
  };
  const log = LocalLog.open({
    fileSystem: nodeFileSystem,
    directory,
    sync: 'always',
    syncIntervalMs: 1000,
    segmentSize: 1 << 20,
    cacheSize: 1 << 20,
    clock: () => Date.now(),
  });
  try {
    await log.replay({ apply });
  } finally {
    await log.close();
  }
  return { reservations, most, mostOfGroup };
}

const OF_MESSAGES: ReadonlySet<EventType> = new Set([
  EventType.message,
  EventType.reserve,
  EventType.release,
  EventType.delay,
  EventType.done,
  EventType.cancel,
]);

function isOfMessage(type: EventType): boolean {
  return OF_MESSAGES.has(type);
}

function isReserved(state: number): boolean {
  return state === MessageState.reserved || state === MessageState.cancelled;
}
