import type { MessageDetail } from '../../../server/http/schemas/messages.ts';

const LONGEST = 100;

/** What a message is called: by its call, else by its id, else by its handle. */
export function titleOf({ call, id, ref }: Pick<MessageDetail, 'call' | 'id' | 'ref'>): string {
  if (call !== null) return cut(callText(call));
  return cut(id ?? ref);
}

/** A call as people write it: `Mailer.send("ann", 3)`. */
export function callText({ class: name, method, args }: NonNullable<MessageDetail['call']>): string {
  const called = name === undefined ? method : `${name}.${method}`;
  return `${called}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
}

function cut(text: string): string {
  // A character may take two of what the length counts.
  const characters = [...text.slice(0, LONGEST * 2 + 2)];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST).join('')}…`;
}
