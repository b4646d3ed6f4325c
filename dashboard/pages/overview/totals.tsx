import type { Overview } from '../../../server/http/schemas/server.ts';
import { href } from '../../api/base.ts';
import { Count, Nothing } from '../../components/figures.tsx';
import { t } from '../../language/language.ts';

/** How much there is besides, and how much has been since the server was started. */
export function Totals({ overview }: { readonly overview: Overview | undefined }) {
  const words = t().overview.totals;
  const counts = overview?.counts;
  const done = counts && (counts.completed ?? 0) + (counts.removed ?? 0);
  return (
    <dl class="overview-totals">
      <Total title={words.delayed} of={overview?.delayed} href={href('/queues', { sort: 'delayed' })} />
      <Total title={words.running} of={overview?.reserved} href={href('/running')} />
      <Total title={words.failed} of={overview?.failed} href={href('/failed')} />
      <Total title={words.workers} of={overview?.workers} href={href('/workers')} />
      <Total title={words.enqueued} of={counts?.enqueued} />
      <Total title={words.done} of={done} />
    </dl>
  );
}

function Total({
  title,
  of,
  href,
}: {
  readonly title: string;
  readonly of: number | undefined;
  readonly href?: string;
}) {
  return (
    <div>
      <dt>
        {href === undefined ? (
          <span title={t().overview.sinceStart}>{title}</span>
        ) : (
          <a href={href}>{title}</a>
        )}
      </dt>
      <dd>{of === undefined ? <Nothing /> : <Count of={of} />}</dd>
    </div>
  );
}
