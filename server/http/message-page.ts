import type { MessagePage, MessageViews } from '../engine/api.ts';
import { messageAnswer } from './message-answer.ts';
import type { Message, MessageList } from './schemas/messages.ts';
import { Slices } from './turns.ts';

/** Bytes of a body, and of an error, that a list shows. */
const PREVIEW_BYTES = 200;
/** So many are written in the turn in which they were found. */
const AT_ONCE = 100;

/** A page of messages as lists have them, with the beginnings of their bodies. */
export async function messagePage(
  messages: MessageViews,
  { rows, next, scanned }: MessagePage,
): Promise<MessageList> {
  const refs = rows.map(({ ref }) => ref);
  const previews = await messages.preview(refs, PREVIEW_BYTES);
  const slices = new Slices();
  const items: Message[] = [];
  for (const [i, row] of rows.entries()) {
    items.push(messageAnswer(row, previews[i]));
    if (slices.isOver) await slices.giveWay();
  }
  // Writing them takes as long again.
  if (items.length > AT_ONCE) await new Promise(setImmediate);
  return { items, next: next ?? null, scanned };
}
