import './timeline.css';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Holder } from '../../components/holder.tsx';
import { now } from '../../components/now.ts';
import { Panel } from '../../components/panel.tsx';
import { Duration, Relative, Since, Time } from '../../components/times.tsx';
import { exactCount } from '../../format/numbers.ts';
import { Icon } from '../../icons/icon.tsx';
import type { IconName } from '../../icons/icons.ts';
import { locale, t } from '../../language/language.ts';
import { type Attempt, between, forgottenAttempts, type Moment, type Step, stepsOf, sums } from './steps.ts';

/** What has happened to a message, and what is to come. */
export function Timeline({ message }: { readonly message: MessageDetail }) {
  const words = t().message.timeline;
  const steps = stepsOf(message);
  const earlier = forgottenAttempts(steps);
  return (
    <Panel title={words.title}>
      <Sums message={message} steps={steps} />
      <ol class="timeline">
        {steps.map((step, place) => (
          <li key={keyOf(step, place)} class={`step ${toneOf(step)}`}>
            <span class="step-icon">
              <Icon name={iconOf(step)} />
            </span>
            {step.kind === 'attempt' ? <AttemptWords attempt={step} /> : <MomentWords moment={step} />}
            {earlier > 0 && place === 0 && <p class="muted">{words.earlier(earlier)}</p>}
            <Gap after={step} before={steps[place + 1]} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** All of it in three figures. */
function Sums({ message, steps }: { readonly message: MessageDetail; readonly steps: readonly Step[] }) {
  const words = t().message.timeline;
  const isRunning = message.state === 'reserved';
  const { waitMs, runMs } = sums(steps, isRunning ? now.value : 0);
  const count = (n: number) => exactCount(n, locale.value);
  return (
    <dl class="timeline-sums">
      <div>
        <dt>{words.waitedInAll}</dt>
        <dd>
          <Duration ms={waitMs} />
        </dd>
      </div>
      <div>
        <dt>{words.ranInAll}</dt>
        <dd>
          <Duration ms={isRunning ? Math.floor(runMs / 1000) * 1000 : runMs} />
        </dd>
      </div>
      <div>
        <dt>{words.attempts}</dt>
        <dd>{words.attemptsOf(count(message.attempts), count(message.max_attempts))}</dd>
      </div>
    </dl>
  );
}

/** How long it waited between two steps: for its turn, or for a backoff. */
function Gap({ after, before }: { readonly after: Step; readonly before: Step | undefined }) {
  const waitMs = before?.waitMs ?? 0;
  if (waitMs < 1) return null;
  const words = t().message.timeline;
  const isBackoff = after.kind === 'attempt' && after.outcome === 'failed';
  return (
    <p class="step-gap">
      {isBackoff ? words.backoff : words.waited} <Duration ms={waitMs} />
    </p>
  );
}

function AttemptWords({ attempt }: { readonly attempt: Attempt }) {
  const words = t().message.timeline;
  const { number, startedAt, endedAt, holder, error, outcome } = attempt;
  const tookMs = between(startedAt, endedAt);
  return (
    <div class="step-words">
      <p class="step-head">
        <strong>
          {words.attempt(exactCount(number, locale.value))}{' '}
          <span class="step-outcome">{words.outcomes[outcome]}</span>
        </strong>
        <Time at={startedAt} />
      </p>
      <p class="muted">
        {outcome === 'running' && <Since at={startedAt} />}
        {tookMs !== null && (
          <>
            {words.took} <Duration ms={tookMs} />
          </>
        )}
        {holder !== null && (
          <>
            {(tookMs !== null || outcome === 'running') && ' · '}
            {words.by} <Holder name={holder} />
          </>
        )}
      </p>
      {error !== null && error !== '' && (
        <p class="step-error">
          <Foreign text={error} isMono />
        </p>
      )}
    </div>
  );
}

function MomentWords({ moment }: { readonly moment: Moment }) {
  const words = t().message.timeline;
  const { kind, at, text } = moment;
  return (
    <div class="step-words">
      <p class="step-head">
        <strong>{words[kind]}</strong>
        <Time at={at} />
      </p>
      {isAhead(kind) && (
        <p class="muted">
          <Relative at={at} />
        </p>
      )}
      {text !== null && (
        <p class="step-error">
          <Foreign text={text} isMono />
        </p>
      )}
    </div>
  );
}

function isAhead(kind: Step['kind']): boolean {
  return kind === 'due' || kind === 'retry' || kind === 'expires';
}

/** A step keeps its place in the page as others come. */
function keyOf(step: Step, place: number): string {
  return step.kind === 'attempt' ? `attempt ${step.number}` : `${step.kind} ${place}`;
}

function iconOf(step: Step): IconName {
  if (step.kind === 'attempt') return ATTEMPT_ICONS[step.outcome];
  return MOMENT_ICONS[step.kind];
}

const ATTEMPT_ICONS = {
  running: 'play',
  failed: 'circleX',
  completed: 'circleCheck',
  cancelled: 'ban',
  unknown: 'retry',
} as const;
const MOMENT_ICONS = {
  enqueued: 'plus',
  due: 'clock',
  retry: 'retry',
  failed: 'circleX',
  completed: 'circleCheck',
  cancelled: 'ban',
  expires: 'hourglass',
} as const;

function toneOf(step: Step): string {
  if (isAhead(step.kind)) return 'ahead';
  const end = step.kind === 'attempt' ? step.outcome : step.kind;
  if (end === 'failed') return 'bad';
  if (end === 'completed' || end === 'running') return 'ok';
  return end === 'cancelled' ? 'warn' : 'plain';
}
