import './queue-page.css';
import { useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { href, queueHref } from '../../api/base.ts';
import { queueKeyIn, queueNameOf } from '../../api/queue-key.ts';
import { HISTORY_WINDOWS, type HistoryWindow } from '../../charts/window-picker.tsx';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { EnqueueDialog } from './enqueue-dialog.tsx';
import { tabQuery } from './message-filter.ts';
import { MessagesTab } from './messages-tab.tsx';
import { MissingQueue } from './missing-queue.tsx';
import { PolicyTab } from './policy-tab.tsx';
import { QueueCharts } from './queue-charts.tsx';
import { QueueFigures } from './queue-figures.tsx';
import { QueueStates } from './queue-states.tsx';
import { QueueTools } from './queue-tools.tsx';
import { countIn, TABS, tabOf } from './tabs.ts';

const FIRST_WINDOW: HistoryWindow = '2m';

/** The page of one queue. */
export function QueuePage() {
  const key = queueKeyIn(useRoute().params.key ?? '');
  return <QueueView key={key} queueKey={key} />;
}

function QueueView({ queueKey }: { readonly queueKey: string }) {
  const queue = useTopic(`queue:${queueKey}`);
  const { query, route } = useLocation();
  const [isEnqueuing, setEnqueuing] = useState(false);
  /** Each time that something was done to the queue, its lists are asked for anew. */
  const [round, setRound] = useState(0);
  const words = t().queue;
  const tab = tabOf(query);
  const window = HISTORY_WINDOWS.find((each) => each === query.window) ?? FIRST_WINDOW;
  const name = queue?.name ?? queueNameOf(queueKey);
  const title = visibleString(name);
  const enqueue = () => setEnqueuing(true);
  const onDone = () => setRound((n) => n + 1);
  const dialog = isEnqueuing && (
    <EnqueueDialog
      queueKey={queue?.key ?? queueKey}
      queueName={name}
      onClose={() => setEnqueuing(false)}
      onStored={onDone}
    />
  );
  const trail = <a href={href('/queues')}>{t().frame.titles.queues}</a>;
  if (queue === null)
    return (
      <Page title={title} trail={trail}>
        <MissingQueue name={name} onEnqueue={enqueue} />
        {dialog}
      </Page>
    );
  return (
    <Page
      title={title}
      trail={trail}
      lead={<QueueStates queue={queue} />}
      tools={<QueueTools queue={queue} onEnqueue={enqueue} onDone={onDone} />}
    >
      <QueueFigures queue={queue} />
      <QueueCharts
        queueKey={queueKey}
        window={window}
        onWindow={(chosen) => {
          const next = { ...query, window: chosen === FIRST_WINDOW ? undefined : chosen };
          route(queueHref(queueKey, next), true);
        }}
      />
      <Tabs
        label={words.parts}
        current={tab}
        tabs={TABS.map((each) => ({
          key: each,
          title: words.tabs[each],
          href: queueHref(queueKey, tabQuery(each, query)),
          count: countIn(each, queue),
        }))}
      />
      {queue === undefined ? (
        <div class="panel list-loading" />
      ) : tab === 'policy' ? (
        <PolicyTab queue={queue} />
      ) : (
        <MessagesTab key={tab} queue={queue} round={round} onEnqueue={enqueue} onDone={onDone} />
      )}
      {dialog}
    </Page>
  );
}
