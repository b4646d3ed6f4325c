import type { Worker } from '../../../server/http/schemas/server.ts';
import { Badge, type Tone } from '../../components/badge.tsx';
import type { IconName } from '../../icons/icons.ts';
import { t } from '../../language/language.ts';
import { type ShownState, shownState } from './shown-state.ts';

const LOOKS: Readonly<Record<ShownState, readonly [IconName, Tone]>> = {
  running: ['play', 'ok'],
  quiet: ['pause', 'warn'],
  stopping: ['stop', 'warn'],
  unknown: ['circleDot', 'plain'],
  told: ['clock', 'info'],
  gone: ['unplug', 'bad'],
};

/** The state of a worker, in a word. */
export function WorkerState({ worker }: { readonly worker: Worker }) {
  const shown = shownState(worker);
  const [icon, tone] = LOOKS[shown];
  return (
    <Badge icon={icon} tone={tone}>
      {t().workers.states[shown]}
    </Badge>
  );
}
