import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { State } from '../../components/state.tsx';
import { exactCount } from '../../format/numbers.ts';
import { Icon } from '../../icons/icon.tsx';
import { locale, t } from '../../language/language.ts';

/** Whether a queue hands out, and what keeps it from that, in words. */
export function QueueStates({ queue }: { readonly queue: QueueDetail | undefined }) {
  const words = t().queue;
  if (queue === undefined) return <span class="queue-states">{t().common.loading}</span>;
  const { paused, held, held_by: heldBy, ready, reserved, readers } = queue;
  const isAlone = ready > 0 && reserved === 0 && readers === 0 && !paused;
  return (
    <span class="queue-states">
      {paused && <State name="paused" />}
      {held > 0 && heldBy !== null && heldBy !== 'paused' && (
        <span class="state warn">
          <Icon name="hourglass" />
          {words.held(exactCount(held, locale.value), words.heldBy[heldBy])}
        </span>
      )}
      {isAlone && (
        <span class="state bad">
          <Icon name="unplug" />
          {words.nobody}
        </span>
      )}
      {!paused && heldBy === null && !isAlone && (
        <span>{readers > 0 ? words.readersWait(readers) : words.handsOut}</span>
      )}
    </span>
  );
}
