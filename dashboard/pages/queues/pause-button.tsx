import { useState } from 'preact/hooks';
import type { Queue } from '../../../server/http/schemas/queues.ts';
import { refusal } from '../../actions/permission.ts';
import { setPaused } from '../../actions/set-paused.ts';
import { Button } from '../../components/button.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';

/** Pauses a queue, or has it go on. What it says follows when the server has done it. */
export function PauseButton({ queue, onDone }: { readonly queue: Queue; readonly onDone: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const words = t().actions;
  const { paused } = queue;
  const name = visibleString(queue.name);
  const press = async () => {
    setBusy(true);
    await setPaused(queue, !paused);
    onDone();
    setBusy(false);
  };
  return (
    <Button
      kind="quiet"
      icon={paused ? 'play' : 'pause'}
      isIconOnly
      isBusy={isBusy}
      refused={refusal('operator')}
      onClick={press}
    >
      {paused ? words.resumeQueue(name) : words.pauseQueue(name)}
    </Button>
  );
}
