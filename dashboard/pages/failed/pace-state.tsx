import { Badge } from '../../components/badge.tsx';
import { now } from '../../components/now.ts';
import { t } from '../../language/language.ts';
import { type Pace, paceOf } from './pace.ts';

const LOOKS = { now: ['activity', 'bad'], lately: ['clock', 'warn'], quiet: ['check', 'plain'] } as const;

/** Whether an error goes on happening. */
export function PaceState({ lastAt }: { readonly lastAt: string | null }) {
  const pace: Pace = paceOf(lastAt, now.value);
  const [icon, tone] = LOOKS[pace];
  return (
    <Badge icon={icon} tone={tone}>
      {t().failed.paces[pace]}
    </Badge>
  );
}
