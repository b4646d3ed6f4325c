import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { ErrorGroup, ErrorGroupList } from '../../../server/http/schemas/actions.ts';
import type { Message, MessageList } from '../../../server/http/schemas/messages.ts';
import { tellProblem } from '../../actions/act-on.ts';
import { runningTask } from '../../actions/tasks.ts';
import { queueHref } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { FilterField } from '../../components/filter-field.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { focusMain } from '../../components/main-region.ts';
import { Page } from '../../components/page.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Relative } from '../../components/times.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { usePolled } from '../../live/use-polled.ts';
import { aboutGroup } from './about-group.ts';
import { type FailedAddress, failedHref } from './failed-address.ts';
import { FailedTable } from './failed-table.tsx';
import { GroupNumbers } from './group-numbers.tsx';
import { GroupStack } from './group-stack.tsx';
import { GroupTools } from './group-tools.tsx';
import { PaceState } from './pace-state.tsx';
import { TaskProgress } from './task-progress.tsx';
import { GroupTrial } from './trial/group-trial.tsx';
import { beginTrial, trialOf } from './trial/trials.ts';

const PERIOD_MS = 2000;
const SAMPLE_PERIOD_MS = 15_000;
/** As many of the newest are counted. */
const COUNTED = 200;

/** One error: its messages, what it says, and what is done about it. `queue`, `group`: their keys. */
export function GroupView({
  queue,
  group: key,
  address,
}: {
  readonly queue: string;
  readonly group: string;
  readonly address: FailedAddress;
}) {
  const path = pathOf('/failed/groups', { query: { queue, error: key } });
  const { data, error, refresh } = usePolled<ErrorGroupList>(path, PERIOD_MS);
  const newest = usePolled<MessageList>(
    pathOf('/failed', { query: { queue, error: key, limit: COUNTED } }),
    SAMPLE_PERIOD_MS,
  ).data?.items;
  const now = data?.items[0];
  // What is gone is shown as it was last: somebody reads it.
  const known = useRef<ErrorGroup>(undefined);
  known.current = now ?? known.current;
  const listed = useTopic('failed')?.items.find((each) => each.group === key && each.queue.key === queue);
  // Who comes from the list has it at once.
  const group = known.current ?? (data === undefined ? listed : undefined);
  useEffect(() => scrollTo(0, 0), []);
  const words = t().failed;
  const about = aboutGroup({ queue: { key: queue, name: queue }, group: key });
  const trial = trialOf(about);
  const task = runningTask(about);
  const isGone = data !== undefined && now === undefined;
  // What had the focus may have gone with what it was about.
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current && document.activeElement === document.body) focusMain();
    isFirst.current = false;
  }, [isGone, trial?.ref]);
  const tryOne = (message: Message) =>
    beginTrial(about, queue, message.ref).catch((error) => tellProblem(words.retryOneFirst, error));
  return (
    <Page
      title={titleOf(group)}
      trail={
        <>
          <a href={failedHref({})}>{words.allErrors}</a>
          {' / '}
          <a href={failedHref({ queue })}>
            <Foreign text={group?.queue.name ?? queue} />
          </a>
        </>
      }
      lead={<GroupLead group={group} count={isGone ? 0 : (group?.count ?? 0)} />}
      tools={
        isGone ? undefined : (
          <GroupTools group={now ?? group} hasTrial={trial !== undefined} onActed={refresh} />
        )
      }
    >
      {error !== undefined && <ProblemNote problem={error} onRetry={refresh} />}
      {task !== undefined && <TaskProgress task={task} isWide />}
      {trial !== undefined && <GroupTrial about={about} trial={trial} group={now} onActed={refresh} />}
      {isGone && task === undefined && (
        <Panel title={words.groupGone}>
          <p>{words.groupGoneText}</p>
          <p>
            <a href={failedHref({})}>{words.backToAll}</a>
          </p>
        </Panel>
      )}
      {(group !== undefined || data === undefined) && (
        <div class="group-grid">
          <GroupStack queue={queue} message={newest?.[0]} />
          <GroupNumbers group={group} newest={newest} />
        </div>
      )}
      {!isGone && <GroupMessages address={address} onTry={tryOne} />}
    </Page>
  );
}

function titleOf(group: ErrorGroup | undefined): string {
  const words = t().failed;
  if (group === undefined) return words.error;
  if (group.group === 'other') return words.otherErrors;
  return visibleString(group.sample) || words.noError;
}

function GroupLead({ group, count }: { readonly group: ErrorGroup | undefined; readonly count: number }) {
  const words = t().failed;
  if (group === undefined) return <span class="group-lead" />;
  return (
    <span class="group-lead">
      <a href={queueHref(group.queue.key, { tab: 'failed' })}>
        <Foreign text={group.queue.name} />
      </a>
      <span>{words.groupCount(count)}</span>
      <span>
        {words.last} <Relative at={group.last_at} />
      </span>
      <PaceState lastAt={group.last_at} />
    </span>
  );
}

function GroupMessages({
  address,
  onTry,
}: {
  readonly address: FailedAddress;
  readonly onTry: (message: Message) => void;
}) {
  const { route } = useLocation();
  const words = t().failed;
  return (
    <Panel
      isFlush
      title={words.messages}
      tools={
        <FilterField
          label={words.filterMessages}
          value={address.q ?? ''}
          onChange={(q) => route(failedHref({ ...address, cursor: undefined, q }), true)}
        />
      }
    >
      <FailedTable key={`${address.q} ${address.cursor}`} address={address} onTry={onTry} />
    </Panel>
  );
}
