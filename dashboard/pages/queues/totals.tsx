import './queue-totals.css';
import { exactCount } from '../../format/numbers.ts';
import { locale, t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';

/** All queues together, whatever is shown of them. */
export function Totals() {
  const overview = useTopic('overview');
  const words = t().queues.totals;
  if (overview === undefined) return <span class="queue-totals">{'\u00a0'}</span>;
  const { queues, ready, delayed, reserved, failed } = overview;
  const count = (n: number) => exactCount(n, locale.value);
  return (
    <ul class="queue-totals">
      <li>{queues === 1 ? words.oneQueue : words.queues(count(queues))}</li>
      <li>{words.ready(count(ready))}</li>
      <li>{words.delayed(count(delayed))}</li>
      <li>{words.reserved(count(reserved))}</li>
      <li>{words.failed(count(failed))}</li>
    </ul>
  );
}
