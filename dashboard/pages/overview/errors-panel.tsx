import type { Overview } from '../../../server/http/schemas/server.ts';
import { errorHref, href, queueHref } from '../../api/base.ts';
import { Empty } from '../../components/empty.tsx';
import { Count } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Relative } from '../../components/times.tsx';
import { t } from '../../language/language.ts';

/** What fails most, each error once. */
export function ErrorsPanel({ overview }: { readonly overview: Overview | undefined }) {
  const words = t().overview;
  const errors = overview?.top_errors ?? [];
  return (
    <Panel isFlush title={words.errors} tools={<a href={href('/failed')}>{words.allErrors}</a>}>
      <div class="needs-errors">
        {overview !== undefined && errors.length === 0 ? (
          <Empty icon="circleCheck" title={words.noErrors} />
        ) : (
          <ul class="needs-list">
            {errors.map(({ queue, group, count, last_at, sample }) => (
              <li key={`${queue.key} ${group}`}>
                <a class="needs-what" href={errorHref(queue.key, group)}>
                  <Foreign text={sample} isMono />
                </a>
                <span class="needs-about">
                  <a href={queueHref(queue.key)}>
                    <Foreign text={queue.name} />
                  </a>
                  <span>
                    {words.lastTime} <Relative at={last_at} />
                  </span>
                </span>
                <strong class="needs-count">
                  <Count of={count} />
                </strong>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}
