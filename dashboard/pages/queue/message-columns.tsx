import type { Message } from '../../../server/http/schemas/messages.ts';
import { Count, Nothing } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Holder } from '../../components/holder.tsx';
import { MessageCell } from '../../components/message-cell.tsx';
import { State } from '../../components/state.tsx';
import type { Column } from '../../components/table.tsx';
import { Relative, Since, Time } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import type { ListedState } from './tabs.ts';

interface Given {
  readonly state: ListedState;
  /** Where only the messages of a group are. */
  readonly groupHref: (group: string) => string;
}

/** What a list of messages shows in a state. */
export function messageColumns({ state, groupHref }: Given): Column<Message>[] {
  const words = t().queue.columns;
  const job: Column<Message> = {
    key: 'job',
    title: state === 'ended' ? words.job : words.call,
    render: (message) => <MessageCell message={message}>{lineUnder(message)}</MessageCell>,
  };
  const id: Column<Message> = {
    key: 'id',
    title: words.id,
    width: '11rem',
    from: 'wide',
    render: ({ id }) => (id === null ? <Nothing /> : <Foreign text={id} isMono />),
  };
  const group: Column<Message> = {
    key: 'group',
    title: words.group,
    width: '8rem',
    from: 'wide',
    render: ({ group }) =>
      group === null ? (
        <Nothing />
      ) : (
        <a href={groupHref(group)}>
          <Foreign text={group} />
        </a>
      ),
  };
  const priority: Column<Message> = {
    key: 'priority',
    title: words.priority,
    width: '5.5rem',
    isFigure: true,
    from: 'wide',
    render: ({ priority }) => <Count of={priority} />,
  };
  const attempts: Column<Message> = {
    key: 'attempts',
    title: words.attempts,
    width: '5.5rem',
    isFigure: true,
    from: 'medium',
    render: ({ attempts }) => <Count of={attempts} />,
  };
  const of: Readonly<Record<ListedState, readonly Column<Message>[]>> = {
    ready: [
      job,
      id,
      group,
      priority,
      attempts,
      time('since', ({ enqueued_at }) => <Since at={enqueued_at} />),
    ],
    delayed: [job, id, group, priority, attempts, time('due', ({ due_at }) => <Relative at={due_at} />)],
    reserved: [
      job,
      id,
      group,
      {
        key: 'holder',
        title: words.worker,
        width: '14rem',
        from: 'medium',
        render: ({ holder }) => (holder === null ? <Nothing /> : <Holder name={holder} />),
      },
      { ...time('lease', ({ deadline }) => <Lease at={deadline} />), from: 'wide' },
      time('running', ({ started_at }) => <Since at={started_at} />),
    ],
    failed: [job, id, group, attempts, time('failed', ({ ended_at }) => <Relative at={ended_at} />)],
    ended: [
      job,
      {
        key: 'outcome',
        title: words.outcome,
        width: '8rem',
        render: ({ outcome }) => (outcome === null ? <Nothing /> : <State name={outcome} />),
      },
      attempts,
      { ...time('endedAt', ({ ended_at }) => <Time at={ended_at} />), from: 'medium' },
      { ...time('ended', ({ ended_at }) => <Relative at={ended_at} />), from: 'wide' },
    ],
  };
  return [...of[state]];
}

function time(
  key: 'since' | 'due' | 'lease' | 'running' | 'failed' | 'ended' | 'endedAt',
  render: Column<Message>['render'],
): Column<Message> {
  return { key, title: t().queue.columns[key], width: '6.5rem', isFigure: true, render };
}

function Lease({ at }: { readonly at: string | null }) {
  return at === null ? <span class="muted">{t().queue.columns.connection}</span> : <Relative at={at} />;
}

/** What matters most in its state. */
function lineUnder(message: Message) {
  const { state, preview, error, outcome, held_by: heldBy } = message;
  switch (state) {
    case 'failed':
      return <Line text={error ?? t().queue.noError} isBad />;
    case 'ended':
      return <Line text={outcome === 'failed' ? (error ?? '') : (preview ?? '')} />;
    case 'reserved':
      return <RunningLine message={message} />;
    case 'delayed':
      return <span class="message-line muted">{whyDelayed(message)}</span>;
    default:
      return heldBy !== null && <span class="message-line muted">{t().queue.heldBy[heldBy]}</span>;
  }
}

function Line({ text, isBad = false }: { readonly text: string; readonly isBad?: boolean }) {
  return (
    <span class={isBad ? 'message-line bad' : 'message-line muted'}>
      <Foreign text={text} />
    </span>
  );
}

function RunningLine({ message: { cancelled, progress, attempts } }: { readonly message: Message }) {
  const words = t().queue;
  if (cancelled)
    return (
      <span class="message-line">
        <State name="cancelled" /> <span class="muted">{words.stillHeld}</span>
      </span>
    );
  return (
    <span class="message-line muted">
      {progress === null ? words.attempt(attempts) : <Foreign text={progress} />}
    </span>
  );
}

function whyDelayed({ attempts, repeats }: Message): string {
  const words = t().queue.whyDelayed;
  return attempts > 0 ? words.retry(attempts) : repeats ? words.repeats : words.delay;
}
