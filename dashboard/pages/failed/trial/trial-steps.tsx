import type { ComponentChildren } from 'preact';
import { Duration, Since, Time } from '../../../components/times.tsx';
import { Icon } from '../../../icons/icon.tsx';
import type { IconName } from '../../../icons/icons.ts';
import { t } from '../../../language/language.ts';
import { isOver, type Trial } from './trial.ts';

interface Step {
  readonly key: string;
  readonly title: string;
  readonly icon: IconName;
  readonly state: 'done' | 'current' | 'ahead' | 'good' | 'bad';
  readonly about?: ComponentChildren;
}

const END_ICONS = {
  complete: 'circleCheck',
  failed: 'circleX',
  cancelled: 'ban',
  gone: 'check',
  refused: 'ban',
} as const satisfies Record<string, IconName>;

/** How far the message is: put back, waiting, running, at its end. */
export function TrialSteps({ trial }: { readonly trial: Trial }) {
  return (
    <ol class="trial-steps">
      {stepsOf(trial).map(({ key, title, icon, state, about }) => (
        <li key={key} class={`trial-step ${state}`} aria-current={state === 'current' ? 'step' : undefined}>
          <Icon name={icon} isSpinning={icon === 'loader'} />
          <span class="trial-step-title">{title}</span>
          <span class="trial-step-about muted">{about}</span>
        </li>
      ))}
    </ol>
  );
}

function stepsOf(trial: Trial): Step[] {
  const { steps, ends, running, ran } = t().failed.trial;
  const { phase, putBackAt, startedAt, endedAt } = trial;
  const over = isOver(trial);
  const ends_ = over ? (phase as keyof typeof END_ICONS) : undefined;
  const hasRun = startedAt !== null && (phase === 'running' || over);
  const at = phase === 'beginning' ? 0 : phase === 'waiting' ? 1 : phase === 'running' ? 2 : 3;
  const state = (place: number) => (at > place ? 'done' : at === place ? 'current' : 'ahead');
  const iconAt = (place: number): IconName => (at > place ? 'check' : at === place ? 'loader' : 'circleDot');
  return [
    {
      key: 'put',
      title: steps.put,
      icon: iconAt(0),
      state: state(0),
      about: putBackAt && <Time at={putBackAt} />,
    },
    {
      key: 'wait',
      title: steps.wait,
      icon: iconAt(1),
      state: state(1),
      about: phase === 'waiting' && <Since at={putBackAt} />,
    },
    {
      key: 'run',
      title: steps.run,
      icon: iconAt(2),
      state: state(2),
      about: hasRun && (
        <>
          {over ? ran : running}{' '}
          {over ? <Duration ms={lasted(startedAt, endedAt)} /> : <Since at={startedAt} />}
        </>
      ),
    },
    {
      key: 'end',
      title: ends_ === undefined ? steps.end : ends[ends_],
      icon: ends_ === undefined ? 'circleDot' : END_ICONS[ends_],
      state: ends_ === undefined ? 'ahead' : ends_ === 'complete' || ends_ === 'gone' ? 'good' : 'bad',
      about: endedAt && <Time at={endedAt} />,
    },
  ];
}

function lasted(startedAt: string, endedAt: string | null): number | null {
  return endedAt === null ? null : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}
