import type { Message } from '../../../server/http/schemas/messages.ts';
import { messageHref, queueHref } from '../../api/base.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Highlighted } from '../../components/highlighted.tsx';
import { State } from '../../components/state.tsx';
import { Relative } from '../../components/times.tsx';
import { aroundMatch } from '../../format/matches.ts';
import { t } from '../../language/language.ts';

/** A message that was found, and where it has what was looked for. */
export function Result({ message, q }: { readonly message: Message; readonly q: string }) {
  const { ref, id, queue, state, cancelled, preview = '', error } = message;
  const words = t().search;
  const isSeen = [ref, id, preview, error].some((text) => text?.includes(q));
  return (
    <li class="result">
      <a class="result-link" href={messageHref(queue.key, ref)}>
        <Highlighted text={aroundMatch(preview, q) || id || ref} match={q} isMono />
      </a>
      {error !== null && (
        <p class="result-error">
          <Highlighted text={aroundMatch(error, q)} match={q} isMono />
        </p>
      )}
      <p class="result-facts">
        <State name={cancelled ? 'cancelled' : state} />
        <a href={queueHref(queue.key)}>
          <Foreign text={queue.name} />
        </a>
        {id !== null && (
          <span>
            <span class="muted">{words.id}</span> <Highlighted text={id} match={q} isMono />
          </span>
        )}
        <span>
          <span class="muted">{words.handle}</span> <Highlighted text={ref} match={q} isMono />
        </span>
        <span class="muted">
          <Relative at={timeOf(message)} />
        </span>
        {!isSeen && <span class="muted">{words.elsewhere}</span>}
      </p>
    </li>
  );
}

/** The time that matters in its state. */
function timeOf({ state, enqueued_at, due_at, started_at, ended_at }: Message): string | null {
  const times = {
    ready: enqueued_at,
    delayed: due_at,
    reserved: started_at,
    failed: ended_at,
    ended: ended_at,
  };
  return times[state];
}
