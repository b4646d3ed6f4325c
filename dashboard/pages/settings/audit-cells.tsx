import type { AuditEntry } from '../../../server/http/schemas/server.ts';
import { href, queueHref, workerHref } from '../../api/base.ts';
import { Badge, type Tone } from '../../components/badge.tsx';
import { Foreign } from '../../components/foreign.tsx';
import type { IconName } from '../../icons/icons.ts';
import { t } from '../../language/language.ts';
import { type AuditOutcome, actionOf, outcomeOf, targetOf } from './audit-entry.ts';

/** What was done, in words. */
export function actionText(entry: AuditEntry): string {
  const action = actionOf(entry);
  return action === undefined ? entry.action : t().settings.actions[action];
}

/** To what it was done, and the way there. */
export function Target({ entry }: { readonly entry: AuditEntry }) {
  const { kind, key, name, job } = targetOf(entry);
  if (kind === 'other') return <span class="muted">{t().settings.messages}</span>;
  const where = kind === 'queue' ? queueHref(key) : kind === 'worker' ? workerHref(key) : href('/schedule');
  return (
    <>
      <a href={where}>
        <Foreign text={name} />
      </a>
      {job !== undefined && (
        <>
          {' '}
          <Foreign text={job} isMono />
        </>
      )}
    </>
  );
}

const LOOKS: Readonly<Record<AuditOutcome, readonly [IconName, Tone]>> = {
  done: ['circleCheck', 'ok'],
  begun: ['play', 'info'],
  forbidden: ['lock', 'bad'],
  missing: ['circleX', 'warn'],
  conflict: ['alert', 'warn'],
  busy: ['hourglass', 'warn'],
  invalid: ['alert', 'warn'],
  failed: ['circleX', 'bad'],
};

/** What became of it: in a word, with the status for who looks for that. */
export function Outcome({ entry }: { readonly entry: AuditEntry }) {
  const outcome = outcomeOf(entry);
  const [icon, tone] = LOOKS[outcome];
  return (
    <span class="audit-outcome">
      <Badge icon={icon} tone={tone}>
        {t().settings.outcomes[outcome]}
      </Badge>
      <span class="muted">{entry.status}</span>
    </span>
  );
}
