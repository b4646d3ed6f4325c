import type { Worker } from '../../../server/http/schemas/server.ts';
import { perform } from '../../actions/act.ts';
import { refusal } from '../../actions/permission.ts';
import { ask } from '../../actions/question.tsx';
import { change } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { RowActions } from '../../components/row-actions.tsx';
import { t } from '../../language/language.ts';
import { workerName } from './worker-name.ts';

/** Has a worker take nothing more, or end. */
export function WorkerActions({ worker }: { readonly worker: Worker }) {
  const { id, state, ordered, connections, busy } = worker;
  const words = t().workers;
  const name = workerName(worker);
  const gone = connections === 0 ? words.isGone : refusal('operator');
  const isStopping = state === 'stopping' || ordered === 'stop';
  const isQuiet = state === 'quiet' || ordered === 'quiet' || isStopping;
  const quiet = async () => {
    const isSure = await ask({
      title: words.quietTitle(name),
      text: words.quietText(busy ?? 0),
      confirm: words.quiet,
    });
    if (isSure) await perform(words.quieted(name), () => change('POST /workers/{id}/quiet', { id }));
  };
  const stop = async () => {
    const isSure = await ask({
      title: words.stopTitle(name),
      text: words.stopText(busy ?? 0),
      confirm: words.stop,
      isDangerous: true,
    });
    if (isSure) await perform(words.stopped(name), () => change('POST /workers/{id}/stop', { id }));
  };
  return (
    <RowActions>
      <Button icon="pause" refused={gone ?? (isQuiet ? words.isQuiet : undefined)} onClick={quiet}>
        {words.quiet}
      </Button>
      <Button
        icon="stop"
        kind="danger"
        refused={gone ?? (isStopping ? words.isStopping : undefined)}
        onClick={stop}
      >
        {words.stop}
      </Button>
    </RowActions>
  );
}
