import { useState } from 'preact/hooks';
import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { MoveDialog } from '../../actions/move-dialog.tsx';
import { refusal } from '../../actions/permission.ts';
import { setPaused } from '../../actions/set-paused.ts';
import { Button } from '../../components/button.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { moveAll, purge, remove, waitingIn } from './queue-actions.ts';

interface Props {
  readonly queue: QueueDetail | undefined;
  readonly onEnqueue: () => void;
  /** All that it had is somewhere else. */
  readonly onDone: () => void;
}

/** What can be done with all of a queue. */
export function QueueTools({ queue, onEnqueue, onDone }: Props) {
  const [moving, setMoving] = useState<QueueDetail>();
  const [isBusy, setBusy] = useState(false);
  const words = t().queue.actions;
  const refused = queue === undefined ? t().common.loading : refusal('operator');
  const waits = queue !== undefined && waitingIn(queue) > 0;
  const onlyWaiting = refused ?? (waits ? undefined : words.nothingWaits);
  const forAdmins = queue === undefined ? t().common.loading : refusal('admin');
  const run = async (what: () => Promise<unknown>) => {
    setBusy(true);
    await what();
    setBusy(false);
    onDone();
  };
  const given = queue as QueueDetail;
  return (
    <>
      <Button kind="main" icon="plus" refused={refused} onClick={onEnqueue}>
        {words.enqueue}
      </Button>
      <Button
        icon={queue?.paused ? 'play' : 'pause'}
        refused={refused}
        isBusy={isBusy}
        onClick={() => void run(() => setPaused(given, !given.paused))}
      >
        {queue?.paused ? words.resume : words.pause}
      </Button>
      <Button icon="move" refused={onlyWaiting} onClick={() => setMoving(queue)}>
        {words.move}
      </Button>
      <Button
        icon="archive"
        kind="danger"
        refused={forAdmins ?? (waits ? undefined : words.nothingWaits)}
        onClick={() => void purge(given).then(onDone)}
      >
        {words.purge}
      </Button>
      <Button icon="trash" kind="danger" refused={forAdmins} onClick={() => void remove(given).then(onDone)}>
        {words.delete}
      </Button>
      {moving !== undefined && (
        <MoveDialog
          title={words.moveTitle(visibleString(moving.name))}
          text={words.moveText(moving.ready, moving.delayed)}
          from={moving.name}
          onClose={() => setMoving(undefined)}
          onMove={async (to) => {
            setMoving(undefined);
            await moveAll(moving, to, waitingIn(moving));
            onDone();
          }}
        />
      )}
    </>
  );
}
