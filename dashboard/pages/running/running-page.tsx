import '../../components/filter-bar.css';
import '../../components/panel.css';
import './running.css';
import { useLocation } from 'preact-iso';
import type { MessageList } from '../../../server/http/schemas/messages.ts';
import { href } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { QueueChoice } from '../../components/queue-choice.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { usePolled } from '../../live/use-polled.ts';
import { NothingRuns } from './nothing-runs.tsx';
import { RunningList } from './running-list.tsx';

const PERIOD_MS = 1000;

/** What runs now, whatever its queue; the one that began first at first. */
export function RunningPage() {
  const { query, route } = useLocation();
  const queue = query.queue || undefined;
  const cursor = query.cursor || undefined;
  const isPlain = queue === undefined && cursor === undefined;
  const overview = useTopic('overview');
  const first = useTopic('running');
  const path = pathOf('/running', { query: { queue, cursor } });
  const polled = usePolled<MessageList>(isPlain ? undefined : path, PERIOD_MS);
  const list = isPlain ? first : polled.data;
  const jobs = list?.items ?? [];
  const words = t().running;
  const at = (change: { queue?: string | undefined; cursor?: string | undefined }) =>
    href('/running', { queue, ...change });
  return (
    <Page
      title={words.title}
      lead={overview === undefined ? '\u00a0' : words.lead(overview.reserved, overview.workers)}
    >
      <div class="filter-bar">
        <QueueChoice state="reserved" chosen={queue} onChange={(queue) => route(at({ queue }))} />
      </div>
      {!isPlain && polled.error !== undefined && (
        <ProblemNote problem={polled.error} onRetry={polled.refresh} />
      )}
      <section class="panel" aria-label={words.title}>
        {list !== undefined && jobs.length === 0 ? (
          <NothingRuns isFiltered={!isPlain} />
        ) : (
          <RunningList key={`${queue} ${cursor}`} jobs={jobs} isBusy={list === undefined} queue={queue} />
        )}
        {jobs.length > 0 && (
          <Pager
            shown={jobs.length}
            firstHref={cursor === undefined ? undefined : at({})}
            nextHref={list?.next == null ? undefined : at({ cursor: list.next })}
          />
        )}
      </section>
    </Page>
  );
}
