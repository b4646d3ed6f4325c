import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { follow, type Outcome } from '../../actions/act.ts';
import { ask } from '../../actions/question.tsx';
import { change } from '../../api/client.ts';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';

/** What a purge and a move are about. */
export function waitingIn({ ready, delayed }: QueueDetail): number {
  return ready + delayed;
}

/** Its name; where nobody can type that, what stands for it in addresses. */
function typable({ key, name }: QueueDetail): string {
  return visibleString(name) === name ? name : key;
}

/** Asks for the queue's name, and discards what waits in it. */
export async function purge(queue: QueueDetail): Promise<Outcome | undefined> {
  const { key, name } = queue;
  const words = t().queue.actions;
  const expect = waitingIn(queue);
  const title = words.purgeTitle(visibleString(name));
  const text = words.purgeText(queue.ready, queue.delayed);
  const question = {
    title,
    text,
    confirm: words.purgeConfirm(expect),
    isDangerous: true,
    mustType: typable(queue),
  };
  if (!(await ask(question))) return undefined;
  return follow(title, () => change('POST /queues/{q}/purge', { q: key }, { expect }));
}

/** Asks for the queue's name, and removes it with all that is in it. */
export async function remove(queue: QueueDetail): Promise<Outcome | undefined> {
  const { key, name, reserved, failed } = queue;
  const words = t().queue.actions;
  const waiting = waitingIn(queue);
  const expect = waiting + reserved + failed;
  const title = words.deleteTitle(visibleString(name));
  const text = words.deleteText({ waiting, reserved, failed });
  if (
    !(await ask({ title, text, confirm: words.deleteConfirm, isDangerous: true, mustType: typable(queue) }))
  )
    return undefined;
  return follow(title, () => change('DELETE /queues/{q}', { q: key, query: { expect } }));
}

/** What waits goes to another queue. */
export function moveAll(
  { key, name }: QueueDetail,
  to: string,
  expect: number,
): Promise<Outcome | undefined> {
  const title = t().queue.actions.moving(visibleString(name), visibleString(to));
  return follow(title, () => change('POST /queues/{q}/move', { q: key }, { to, expect }));
}
