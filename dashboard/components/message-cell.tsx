import './message-cell.css';
import type { ComponentChildren } from 'preact';
import type { Message } from '../../server/http/schemas/messages.ts';
import { messageHref } from '../api/base.ts';
import { visibleString } from '../format/visible-text.ts';
import { t } from '../language/language.ts';
import { BodyPreview } from './body-preview.tsx';
import { CheckBox } from './check-box.tsx';
import { Foreign } from './foreign.tsx';
import type { Column } from './table.tsx';
import type { Selection } from './use-selection.ts';

/** Of what a message is called, so much is said where its payload has to name it. */
const NAME_LENGTH = 60;

/** What a message is called where something is done to it: by its id, else by how its payload begins. */
export function messageName({ id, ref, preview = '' }: Message): string {
  return visibleString(id ?? (preview === '' ? ref : preview.slice(0, NAME_LENGTH)));
}

/** What a message says, which leads to all that is known of it, and under that what else matters. */
export function MessageCell({
  message: { queue, ref, state, id, preview, bytes },
  children,
}: {
  readonly message: Message;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="message-cell">
      <a class="clip" href={messageHref(queue.key, ref)}>
        {/* Of what has ended the payload is not kept. */}
        {state === 'ended' ? (
          <Foreign text={id ?? ref} isMono />
        ) : (
          <BodyPreview preview={preview} bytes={bytes} />
        )}
      </a>
      {children}
    </div>
  );
}

/** A column of boxes that select messages. */
export function selectColumn(selection: Selection): Column<Message> {
  return {
    key: 'select',
    title: t().common.select,
    isTitleHidden: true,
    width: '3rem',
    render: (message) => (
      <CheckBox
        label={t().common.selectOne(messageName(message))}
        isChecked={selection.has(message.ref)}
        onChange={() => selection.toggle(message.ref)}
      />
    ),
  };
}
