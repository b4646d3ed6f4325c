import { change } from '../api/client.ts';
import { visibleString } from '../format/visible-text.ts';
import { t } from '../language/language.ts';
import { perform } from './act.ts';

/** Pauses a queue, or has it go on; the tray tells how that ended. */
export async function setPaused(
  { key, name }: { readonly key: string; readonly name: string },
  isPaused: boolean,
): Promise<void> {
  const words = t().actions;
  const shown = visibleString(name);
  await perform(isPaused ? words.pauseQueue(shown) : words.resumeQueue(shown), () =>
    change(isPaused ? 'PUT /queues/{q}/pause' : 'DELETE /queues/{q}/pause', { q: key }),
  );
}
