import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { refusal } from '../../actions/permission.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { exactCount } from '../../format/numbers.ts';
import type { IconName } from '../../icons/icons.ts';
import { locale, t } from '../../language/language.ts';
import type { ListedState } from './tabs.ts';

const ICONS: Readonly<Record<ListedState, IconName>> = {
  ready: 'hourglass',
  delayed: 'clock',
  reserved: 'play',
  failed: 'circleCheck',
  ended: 'archive',
};

interface Props {
  readonly queue: QueueDetail;
  readonly state: ListedState;
  readonly onEnqueue: () => void;
}

/** That a queue has nothing in a state: what would be there, and how it gets there. */
export function EmptyList({ queue, state, onEnqueue }: Props) {
  const { title, text } = t().queue.empty[state];
  const isWithoutIds = state === 'ended' && queue.policy.keep_done_ms === 0;
  return (
    <Empty icon={ICONS[state]} title={title}>
      <p>{isWithoutIds ? t().queue.nothingKept : text}</p>
      {state === 'ready' && (
        <Button icon="plus" refused={refusal('operator')} onClick={onEnqueue}>
          {t().queue.actions.enqueue}
        </Button>
      )}
    </Empty>
  );
}

interface NoMatchProps {
  readonly scanned: number | undefined;
  readonly allHref: string;
  readonly nextHref: string | undefined;
}

/** That nothing fits the filter, as far as was looked. */
export function NoMatch({ scanned, allHref, nextHref }: NoMatchProps) {
  const words = t().queue.noMatch;
  return (
    <Empty icon="search" title={nextHref === undefined ? words.title : words.soFar}>
      {scanned !== undefined && <p>{words.scanned(exactCount(scanned, locale.value))}</p>}
      {nextHref !== undefined && <a href={nextHref}>{words.goOn}</a>}
      <a href={allHref}>{words.all}</a>
    </Empty>
  );
}
