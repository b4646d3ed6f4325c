import './message-page.css';
import { useRoute } from 'preact-iso';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { href, queueHref } from '../../api/base.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Page } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { State, type StateName } from '../../components/state.tsx';
import { Relative } from '../../components/times.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { CommandPanel } from './command-panel.tsx';
import { Details } from './details.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { Gone } from './gone.tsx';
import { MessageActions } from './message-actions.tsx';
import { titleOf } from './message-title.ts';
import { ProgressPanel, ResultPanel } from './outcome-panels.tsx';
import { PayloadPanel } from './payload-panel.tsx';
import { Timeline } from './timeline.tsx';
import { useMessage } from './use-message.ts';

/** One message: what it is, what has happened to it, what can be done with it. */
export function MessagePage() {
  const { key = '', ref = '' } = useRoute().params;
  return <MessageView key={`${key} ${ref}`} queue={key} handle={ref} />;
}

function MessageView({ queue, handle }: { readonly queue: string; readonly handle: string }) {
  const { message, last, isHeld, error, refresh } = useMessage(queue, handle);
  const words = t().message;
  if (message === undefined) {
    return (
      <Page
        key="loading"
        title={last === undefined ? `${words.title} ${handle}` : titleText(last)}
        trail={<Trail queue={queue} />}
        lead={<div class="message-lead" />}
      >
        {error?.status === 404 ? (
          <Gone queue={queue} handle={handle} last={last} />
        ) : error !== undefined ? (
          <ProblemNote problem={error} onRetry={refresh} />
        ) : (
          <div class="message-loading" aria-busy="true">
            {t().common.loading}
          </div>
        )}
      </Page>
    );
  }
  return (
    // Its head has as many lines as its name and what can be done with it take: it comes as a whole, and moves nothing.
    <Page
      key="message"
      title={titleText(message)}
      trail={<Trail queue={queue} message={message} />}
      lead={<Lead message={message} isHeld={isHeld} />}
      tools={<MessageActions message={message} onDone={refresh} />}
    >
      {error !== undefined && <ProblemNote problem={error} onRetry={refresh} />}
      <div class="message-columns">
        <div class="message-main">
          {message.state === 'reserved' && <ProgressPanel progress={message.progress} />}
          {message.error_text !== null && <ErrorPanel message={message} error={message.error_text} />}
          {message.outcome === 'complete' && <ResultPanel message={message} />}
          <PayloadPanel message={message} />
        </div>
        <div class="message-side">
          <Timeline message={message} />
          <Details message={message} />
        </div>
        <div class="message-command">{message.state !== 'ended' && <CommandPanel message={message} />}</div>
      </div>
    </Page>
  );
}

function titleText(message: MessageDetail): string {
  return visibleString(titleOf(message));
}

/** The way here: all queues, its queue, its state. */
function Trail({ queue, message }: { readonly queue: string; readonly message?: MessageDetail }) {
  const state = message?.state;
  return (
    <nav class="trail" aria-label={t().message.queues}>
      <a href={href('/queues')}>{t().message.queues}</a>
      <span aria-hidden="true">›</span>
      <a href={queueHref(queue)}>
        <Foreign text={message?.queue.name ?? queue} />
      </a>
      {state !== undefined && (
        <>
          <span aria-hidden="true">›</span>
          <a href={queueHref(queue, { tab: state })}>{t().common.states[state]}</a>
        </>
      )}
    </nav>
  );
}

/** How it is, in a line. */
function Lead({ message, isHeld }: { readonly message: MessageDetail; readonly isHeld: boolean }) {
  const words = t().message;
  const { state, cancelled, held_by: heldBy } = message;
  const [since, at] = momentOf(message);
  return (
    <div class="message-lead">
      <State name={stateName(message)} />
      {cancelled && <span>{words.toldToStop}</span>}
      {at !== null && (
        <span>
          {words.since[since]} <Relative at={at} />
        </span>
      )}
      {state === 'ready' && heldBy !== null && <span>{words.heldBy[heldBy]}</span>}
      <CopyButton text={location.href} label={words.copyLink} />
      {isHeld && <span class="message-held">{words.held}</span>}
    </div>
  );
}

function stateName({ state, outcome, cancelled }: MessageDetail): StateName {
  if (cancelled) return 'cancelled';
  return state === 'ended' && outcome !== null ? outcome : state;
}

/** The time that matters in its state. */
function momentOf(message: MessageDetail): [keyof ReturnType<typeof t>['message']['since'], string | null] {
  const { state } = message;
  const times = {
    ready: message.enqueued_at,
    delayed: message.due_at,
    reserved: message.started_at,
    failed: message.ended_at,
    ended: message.ended_at,
  };
  return [state, times[state]];
}
