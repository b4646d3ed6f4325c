import { useState } from 'preact/hooks';
import type { ErrorGroup } from '../../../server/http/schemas/actions.ts';
import { actOn } from '../../actions/act-on.ts';
import { refusal } from '../../actions/permission.ts';
import { Button } from '../../components/button.tsx';
import { Count } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { Relative } from '../../components/times.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { selectionOf } from './message-filter.ts';

/** What is shown before somebody asks for all. */
const FEW = 5;

interface Props {
  readonly groups: readonly ErrorGroup[];
  /** Failed messages of the queue. */
  readonly total: number;
  /** The one that the list below is narrowed to. */
  readonly current: string | undefined;
  /** The list below with only one of them, or with all. */
  readonly hrefOf: (group: string | undefined) => string;
  readonly onDone: () => void;
}

/** What the failed messages of a queue have failed with, the most frequent first. */
export function ErrorGroups({ groups, total, current, hrefOf, onDone }: Props) {
  const [isAll, setAll] = useState(false);
  const words = t().queue.errors;
  const shown = isAll ? groups : groups.filter(({ group }, i) => i < FEW || group === current);
  return (
    <Panel
      title={words.title}
      isFlush
      tools={
        groups.length > FEW && (
          <Button kind="quiet" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? words.fewer : words.more(groups.length)}
          </Button>
        )
      }
    >
      <ul class="error-groups">
        {shown.map((group) => (
          <ErrorRow
            key={group.group}
            group={group}
            total={total}
            isCurrent={group.group === current}
            href={hrefOf(group.group === current ? undefined : group.group)}
            onDone={onDone}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface RowProps {
  readonly group: ErrorGroup;
  readonly total: number;
  readonly isCurrent: boolean;
  readonly href: string;
  readonly onDone: () => void;
}

function ErrorRow({
  group: { queue, group, count, sample, last_at },
  total,
  isCurrent,
  href,
  onDone,
}: RowProps) {
  const words = t().queue.errors;
  const act = async (verb: 'retry' | 'discard') => {
    const select = selectionOf(queue.key, { state: 'failed', error: group });
    if ((await actOn(verb, { select, queue: queue.name, isSingle: count === 1 })) !== undefined) onDone();
  };
  const refused = refusal('operator');
  const shown = visibleString(sample);
  return (
    <li class={isCurrent ? 'error-group current' : 'error-group'}>
      <span class="error-count">
        <Count of={count} />
        <span class="error-share" aria-hidden="true">
          <span style={{ width: `${(100 * count) / Math.max(total, count, 1)}%` }} />
        </span>
      </span>
      <a class="error-sample" href={href} aria-current={isCurrent || undefined}>
        <Foreign text={sample} />
      </a>
      <span class="muted error-last">
        {words.last} <Relative at={last_at} />
      </span>
      <span class="error-verbs">
        <Button
          icon="retry"
          refused={refused}
          aria-label={words.retry(count, shown)}
          onClick={() => act('retry')}
        >
          {t().common.retry}
        </Button>
        <Button
          kind="danger"
          icon="trash"
          isIconOnly
          refused={refused}
          aria-label={words.discard(count, shown)}
          onClick={() => act('discard')}
        >
          {t().common.discard}
        </Button>
      </span>
    </li>
  );
}
