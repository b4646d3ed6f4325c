import type { IconName } from '../icons/icons.ts';
import { type Texts, t } from '../language/language.ts';
import { Badge, type Tone } from './badge.tsx';

export type StateName = keyof Texts['common']['states'];

const LOOKS: Readonly<Record<StateName, readonly [IconName, Tone]>> = {
  ready: ['hourglass', 'info'],
  delayed: ['clock', 'violet'],
  reserved: ['play', 'ok'],
  failed: ['circleX', 'bad'],
  ended: ['check', 'plain'],
  paused: ['pause', 'warn'],
  cancelled: ['ban', 'warn'],
  complete: ['circleCheck', 'ok'],
  disabled: ['ban', 'plain'],
};

/** The state of a message, a job or a queue. */
export function State({ name }: { readonly name: StateName }) {
  const [icon, tone] = LOOKS[name];
  return (
    <Badge icon={icon} tone={tone}>
      {t().common.states[name]}
    </Badge>
  );
}
