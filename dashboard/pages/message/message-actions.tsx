import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { ActionRequest } from '../../../server/http/schemas/actions.ts';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { perform } from '../../actions/act.ts';
import { MoveDialog } from '../../actions/move-dialog.tsx';
import { refusal } from '../../actions/permission.ts';
import { ask } from '../../actions/question.tsx';
import { askRetry } from '../../actions/retry-question.tsx';
import { messageHref, queueHref } from '../../api/base.ts';
import { change } from '../../api/client.ts';
import { queueKey } from '../../api/queue-key.ts';
import { Button } from '../../components/button.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { titleOf } from './message-title.ts';

interface Props {
  readonly message: MessageDetail;
  readonly onDone: () => void;
}

/** What can be done to a message in its state. */
export function MessageActions({ message, onDone }: Props) {
  const [isMoving, setMoving] = useState(false);
  const [isBusy, begin] = useBusy();
  const { route } = useLocation();
  const { actions } = t().message;
  const refused = refusal('operator');
  const { state, queue, ref, attempts, cancelled, cron, repeats } = message;
  const name = visibleString(message.id ?? titleOf(message));
  const queueName = visibleString(queue.name);
  const isScheduled = cron !== null;
  const isRetry = state === 'failed' || (state === 'delayed' && attempts > 0);

  const retry = async (delay: number) => {
    if (await once(actions.retryTask(name), { verb: 'retry', ...(delay > 0 && { delay }) }, ref)) onDone();
  };
  const retryLater = async () => {
    const times = await askRetry(1, true);
    if (times !== undefined) await retry(times.delay);
  };
  const run = async () => {
    if (await once(actions.runTask(name), { verb: 'run' }, ref)) onDone();
  };
  const move = async (to: string) => {
    setMoving(false);
    const title = actions.moveTask(name, visibleString(to));
    if (await once(title, { verb: 'move', to }, ref)) route(messageHref(queueKey(to), ref));
  };
  const cancel = async () => {
    const text = state === 'reserved' ? actions.cancelRunning : actions.cancelText;
    const isSure = await ask({
      title: actions.cancelTitle,
      text: `${text(name, queueName)}${repeats && !isScheduled ? ` ${actions.cancelRepeating}` : ''}`,
      confirm: actions.cancel,
      isDangerous: true,
    });
    if (isSure && (await once(actions.cancelTask(name), { verb: 'cancel' }, ref))) onDone();
  };
  const discard = async () => {
    const isSure = await ask({
      title: actions.discardTitle,
      text:
        isScheduled && state !== 'failed' ? actions.discardScheduled : actions.discardText(name, queueName),
      confirm: actions.discard,
      isDangerous: true,
    });
    if (!isSure || !(await once(actions.discardTask(name), { verb: 'discard' }, ref))) return;
    route(queueHref(queue.key, { tab: state }));
  };

  const scheduled = refused ?? (isScheduled ? actions.scheduled : undefined);
  return (
    <>
      {isRetry && (
        <>
          <Button
            kind="main"
            icon="retry"
            refused={refused}
            isBusy={isBusy}
            onClick={() => begin(() => retry(0))}
          >
            {actions.retry}
          </Button>
          <Button icon="clock" refused={refused} isBusy={isBusy} onClick={() => begin(retryLater)}>
            {actions.retryLater}
          </Button>
        </>
      )}
      {state === 'delayed' && !isRetry && (
        <Button kind="main" icon="play" refused={refused} isBusy={isBusy} onClick={() => begin(run)}>
          {actions.run}
        </Button>
      )}
      {(state === 'ready' || state === 'delayed' || state === 'failed') && (
        <Button icon="move" refused={scheduled} onClick={() => setMoving(true)}>
          {actions.move}
        </Button>
      )}
      {(state === 'ready' || state === 'delayed') && (
        <Button icon="ban" refused={scheduled} isBusy={isBusy} onClick={() => begin(cancel)}>
          {actions.cancel}
        </Button>
      )}
      {state === 'reserved' && (
        <Button
          kind="danger"
          icon="ban"
          refused={refused ?? (cancelled ? actions.alreadyCancelled : undefined)}
          isBusy={isBusy}
          onClick={() => begin(cancel)}
        >
          {actions.cancel}
        </Button>
      )}
      {state !== 'reserved' && (
        <Button kind="danger" icon="trash" refused={refused} isBusy={isBusy} onClick={() => begin(discard)}>
          {actions.discard}
        </Button>
      )}
      {isMoving && (
        <MoveDialog
          title={t().actions.verbs.move.title(1)}
          text={t().actions.verbs.move.text(1)}
          from={queue.name}
          onClose={() => setMoving(false)}
          onMove={move}
        />
      )}
    </>
  );
}

/** Does something to one message, and says why where it was left as it is. */
async function once(
  title: string,
  request: Omit<ActionRequest, 'select' | 'expect'>,
  ref: string,
): Promise<boolean> {
  const done = await perform(title, async () => {
    const answer = await change('POST /actions', {}, { ...request, select: { refs: [ref] }, expect: 1 });
    const why = 'skipped' in answer ? answer.skipped[0]?.why : undefined;
    if (why !== undefined) throw new Error(t().message.actions.skipped[why] ?? why);
  });
  return done !== undefined;
}
