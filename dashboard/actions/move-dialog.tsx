import { useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { QueueField } from '../components/queue-field.tsx';
import { t } from '../language/language.ts';

interface Props {
  readonly title: string;
  readonly text: string;
  /** The queue that they are in. */
  readonly from: string;
  readonly onMove: (to: string) => void;
  readonly onClose: () => void;
}

/** Asks where messages shall go. */
export function MoveDialog({ title, text, from, onMove, onClose }: Props) {
  const [to, setTo] = useState('');
  const words = t().actions.move;
  const isHere = to === from;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="dialog-body"
        onSubmit={(event) => {
          event.preventDefault();
          if (to !== '' && !isHere) onMove(to);
        }}
      >
        <p>{text}</p>
        <QueueField
          label={words.to}
          value={to}
          but={from}
          error={isHere ? words.same : undefined}
          onInput={setTo}
        />
        <div class="dialog-actions">
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button kind="main" isSubmit refused={to === '' ? words.missing : isHere ? words.same : undefined}>
            {words.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
