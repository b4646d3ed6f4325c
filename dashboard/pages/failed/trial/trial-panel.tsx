import './trial.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { messageHref } from '../../../api/base.ts';
import { Button } from '../../../components/button.tsx';
import { Foreign } from '../../../components/foreign.tsx';
import { Panel } from '../../../components/panel.tsx';
import { ScrollingText } from '../../../components/scrolling-text.tsx';
import { Relative } from '../../../components/times.tsx';
import { Icon } from '../../../icons/icon.tsx';
import { t } from '../../../language/language.ts';
import { useTopic } from '../../../live/live.ts';
import { isOver, type Trial } from './trial.ts';
import { TrialSteps } from './trial-steps.tsx';

/** One message of a group that was retried first: how it goes, how it ended, and what to do with the others then. */
export function TrialPanel({
  trial,
  onDismiss,
  children,
}: {
  readonly trial: Trial;
  readonly onDismiss: () => void;
  /** What can be done with the others, once it is over. */
  readonly children: ComponentChildren;
}) {
  const words = t().failed.trial;
  const over = isOver(trial);
  const panel = useRef<HTMLDivElement>(null);
  // Who has begun it is led to it, wherever on the page he did.
  useEffect(() => panel.current?.focus(), [trial.ref]);
  return (
    <div ref={panel} class="trial" tabIndex={-1}>
      <Panel
        title={words.title}
        tools={
          <Button kind="quiet" icon="x" onClick={onDismiss}>
            {over ? t().common.close : words.dismiss}
          </Button>
        }
      >
        <p class="trial-message">
          <a class="clip" href={messageHref(trial.queue.key, trial.ref)}>
            <Foreign isMono text={trial.id ?? trial.ref} />
          </a>
          <span class="clip muted">
            <Foreign isMono text={trial.preview} />
          </span>
        </p>
        <TrialSteps trial={trial} />
        <div class="trial-words">
          {trial.isUnreachable && <p class="muted">{words.unreachable}</p>}
          {over ? <Ending trial={trial} /> : <Waiting trial={trial} />}
        </div>
        {over && <div class="trial-actions">{children}</div>}
      </Panel>
    </div>
  );
}

/** Why it does not go on, where that can be told. */
function Waiting({ trial }: { readonly trial: Trial }) {
  const queue = useTopic(`queue:${trial.queue.key}`);
  const words = t().failed.trial;
  if (trial.phase === 'running')
    return <p class="muted">{trial.progress === null ? words.follow : <Foreign text={trial.progress} />}</p>;
  const { heldBy } = trial;
  if (queue?.paused) return <p class="note warn">{words.paused}</p>;
  if (heldBy !== null) return <p class="note">{words.heldBy[heldBy]}</p>;
  if (queue != null && queue.readers === 0 && queue.reserved === 0)
    return <p class="note warn">{words.nobodyReads}</p>;
  return <p class="muted">{words.follow}</p>;
}

function Ending({ trial }: { readonly trial: Trial }) {
  const words = t().failed.trial;
  switch (trial.phase) {
    case 'complete':
      return (
        <>
          <Verdict icon="circleCheck" tone="ok" text={words.worked} />
          {trial.result !== null && (
            <figure class="trial-text">
              <figcaption>{words.result}</figcaption>
              <ScrollingText label={words.result} text={trial.result} />
            </figure>
          )}
        </>
      );
    case 'failed':
      return (
        <>
          <Verdict
            icon="circleX"
            tone="bad"
            text={trial.isSameError ? words.sameError : words.otherError}
            more={
              trial.dueAt !== null && (
                <span class="muted">
                  {words.triedAgain} <Relative at={trial.dueAt} />
                </span>
              )
            }
          />
          <div class="trial-errors">
            <ErrorText title={words.before} text={trial.before.text} />
            <ErrorText title={words.now} text={trial.error ?? ''} />
          </div>
        </>
      );
    case 'gone':
      return <GoneWords trial={trial} />;
    case 'cancelled':
      return <Verdict icon="ban" tone="warn" text={words.cancelled} />;
    default:
      return <Verdict icon="ban" tone="warn" text={words.refused} />;
  }
}

/** Jobs that fail for good may have gone to another queue: that cannot be told from a good end. */
function GoneWords({ trial }: { readonly trial: Trial }) {
  const queue = useTopic(`queue:${trial.queue.key}`);
  const words = t().failed.trial;
  const dead = queue?.policy.dead_letter_to;
  return (
    <Verdict
      icon="check"
      tone="ok"
      text={words.gone}
      more={typeof dead === 'string' && dead !== '' && <span class="muted">{words.goneDead(dead)}</span>}
    />
  );
}

function Verdict({
  icon,
  tone,
  text,
  more,
}: {
  readonly icon: 'circleCheck' | 'circleX' | 'ban' | 'check';
  readonly tone: 'ok' | 'bad' | 'warn';
  readonly text: string;
  readonly more?: ComponentChildren;
}) {
  return (
    <p class={`trial-verdict ${tone}`}>
      <Icon name={icon} />
      <strong>{text}</strong>
      {more}
    </p>
  );
}

function ErrorText({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <figure class="trial-text">
      <figcaption>{title}</figcaption>
      <ScrollingText label={title} text={text} />
    </figure>
  );
}
