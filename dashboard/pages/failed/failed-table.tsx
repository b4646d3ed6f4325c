import type { Message, MessageList } from '../../../server/http/schemas/messages.ts';
import { actOn, type Chosen } from '../../actions/act-on.ts';
import { refusal } from '../../actions/permission.ts';
import { pathOf } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Pager } from '../../components/pager.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { SelectionBar } from '../../components/selection-bar.tsx';
import { Table } from '../../components/table.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { useSelection } from '../../components/use-selection.ts';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { type FailedAddress, failedHref } from './failed-address.ts';
import { failedColumns } from './failed-columns.tsx';

const PERIOD_MS = 3000;
/** A text is looked for in what is on the disk. */
const SEARCH_PERIOD_MS = 15_000;

/** Failed messages of a group, of a queue or of all, a page at a time: to look at, to choose, to act on. */
export function FailedTable({
  address,
  onTry,
}: {
  readonly address: FailedAddress;
  /** Retries one and follows it. */
  readonly onTry?: ((message: Message) => void) | undefined;
}) {
  const { queue, error: group, q, cursor } = address;
  const path = pathOf('/failed', { query: { queue, error: group, q, cursor } });
  const { data, error, refresh } = usePolled<MessageList>(
    path,
    q === undefined ? PERIOD_MS : SEARCH_PERIOD_MS,
  );
  const messages = data?.items ?? [];
  const refs = messages.map(({ ref }) => ref);
  const selection = useSelection(refs);
  const [isBusy, run] = useBusy();
  const refused = refusal('operator');
  const words = t().failed;
  const doTo = (verb: 'retry' | 'discard', chosen: Chosen) =>
    run(async () => {
      await actOn(verb, chosen);
      selection.clear();
      refresh();
    });
  const chosen = { select: { refs: [...selection.keys] } };
  // Of a whole group its page has buttons of its own.
  const matching =
    queue === undefined || (group !== undefined && q === undefined)
      ? undefined
      : {
          select: {
            queue,
            state: 'failed' as const,
            ...(group !== undefined && { error_group: group }),
            ...(q !== undefined && { q }),
          },
          queue: messages[0]?.queue.name,
        };
  if (error !== undefined && data === undefined) return <ProblemNote problem={error} onRetry={refresh} />;
  if (data !== undefined && messages.length === 0) return <NoMessages address={address} list={data} />;
  return (
    <>
      <SelectionBar
        selection={selection}
        listed={refs}
        idle={
          matching !== undefined && (
            <>
              <Button
                kind="quiet"
                icon="retry"
                refused={refused}
                isBusy={isBusy}
                onClick={() => doTo('retry', matching)}
              >
                {words.retryMatching}
              </Button>
              <Button
                kind="quiet"
                icon="trash"
                refused={refused}
                isBusy={isBusy}
                onClick={() => doTo('discard', matching)}
              >
                {words.discardMatching}
              </Button>
            </>
          )
        }
      >
        <Button icon="retry" refused={refused} isBusy={isBusy} onClick={() => doTo('retry', chosen)}>
          {t().common.retry}
        </Button>
        <Button
          kind="danger"
          icon="trash"
          refused={refused}
          isBusy={isBusy}
          onClick={() => doTo('discard', chosen)}
        >
          {t().common.discard}
        </Button>
      </SelectionBar>
      <Table
        caption={words.messages}
        isBusy={data === undefined}
        rows={messages}
        keyOf={({ ref }) => ref}
        toneOf={({ ref }) => (selection.has(ref) ? 'chosen' : undefined)}
        columns={failedColumns({ address, selection, onTry, refused })}
      />
      {data !== undefined && (
        <Pager
          shown={messages.length}
          firstHref={cursor === undefined ? undefined : failedHref({ ...address, cursor: undefined })}
          nextHref={data.next === null ? undefined : failedHref({ ...address, cursor: data.next })}
        />
      )}
    </>
  );
}

/** There is nothing, or nothing so far: a search looks at a part at a time. */
function NoMessages({ address, list }: { readonly address: FailedAddress; readonly list: MessageList }) {
  const words = t().failed;
  const { q, queue, error: group, cursor } = address;
  if (list.next !== null) {
    return (
      <Empty icon="search" title={words.noMatchMessages}>
        <p>{words.lookedAt(list.scanned ?? 0)}</p>
        <a href={failedHref({ ...address, cursor: list.next })}>{words.lookFurther}</a>
      </Empty>
    );
  }
  if (q === undefined && queue === undefined && cursor === undefined) {
    return (
      <Empty icon="circleCheck" title={words.noneTitle}>
        <p class="failed-none">{words.noneText}</p>
      </Empty>
    );
  }
  const isGroup = group !== undefined && q === undefined && cursor === undefined;
  return (
    <Empty
      icon={isGroup ? 'circleCheck' : 'search'}
      title={isGroup ? words.groupGone : words.noMatchMessages}
    >
      {!isGroup && (
        <a href={failedHref({ tab: address.tab, queue: group && queue, error: group })}>{words.showAll}</a>
      )}
    </Empty>
  );
}
