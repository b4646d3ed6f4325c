import './message-list.css';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { MessageList as List, Message } from '../../../server/http/schemas/messages.ts';
import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { countOf } from '../../actions/act.ts';
import { actOn, type Chosen, countShown, moveTo } from '../../actions/act-on.ts';
import { MoveDialog } from '../../actions/move-dialog.tsx';
import { refusal } from '../../actions/permission.ts';
import { isDangerous, VERB_ICONS, type Verb } from '../../actions/verbs.ts';
import { Button } from '../../components/button.tsx';
import { messageName, selectColumn } from '../../components/message-cell.tsx';
import { Pager } from '../../components/pager.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { SelectionBar } from '../../components/selection-bar.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { useSelection } from '../../components/use-selection.ts';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { EmptyList, NoMatch } from './empty-list.tsx';
import { messageColumns } from './message-columns.tsx';
import { isNarrow, listPath, type MessageFilter, selectionOf } from './message-filter.ts';
import { VERBS } from './verbs.ts';

/** The first page moves on; those behind it are looked at less often. */
const FIRST_MS = 2000;
const LATER_MS = 10_000;

interface Props {
  readonly queue: QueueDetail;
  readonly filter: MessageFilter;
  readonly cursor: string | undefined;
  /** Another one whenever something was done. */
  readonly round: number;
  /** The same page with another filter, or another part of the list. */
  readonly hrefOf: (changes: Readonly<Record<string, string | undefined>>) => string;
  readonly onEnqueue: () => void;
  /** Something was done to messages. */
  readonly onDone: () => void;
}

/** Those that are to be moved, while somebody says where to. */
interface Moving {
  readonly select: Chosen['select'];
  readonly total: number;
}

/** Messages of a queue in one state: a page of them, what is selected, and what can be done to that. */
export function MessageList({ queue, filter, cursor, round, hrefOf, onEnqueue, onDone }: Props) {
  const { key, name } = queue;
  const { state } = filter;
  const path = listPath(key, filter, cursor);
  const { data, error, isLoading, refresh } = usePolled<List>(
    path,
    cursor === undefined ? FIRST_MS : LATER_MS,
  );
  const items = data?.items ?? [];
  const shown = items.map(({ ref }) => ref);
  const selection = useSelection(shown);
  const [matching, setMatching] = useState<number>();
  const [moving, setMoving] = useState<Moving>();
  useEffect(() => {
    if (round > 0) refresh();
  }, [round]);
  useLayoutEffect(() => {
    // Other messages: nothing of them is selected yet.
    selection.clear();
    setMatching(undefined);
    setMoving(undefined);
  }, [path]);
  const words = t().queue;
  const verbs = VERBS[state];
  const total = isNarrow(filter) || state === 'ended' ? matching : queue[state];

  const isCounted = selection.keys.size > 0 && isNarrow(filter) && refusal('operator') === undefined;
  useEffect(() => {
    // How many fit is offered beside what is selected; without it there is nothing to offer.
    if (isCounted)
      countOf({ verb: verbs[0] as 'discard', select: selectionOf(key, filter) }).then(setMatching, () => {});
  }, [isCounted, path]);
  const finish = () => {
    selection.clear();
    onDone();
  };
  const begin = async (verb: Verb, select: Chosen['select'], isSingle: boolean) => {
    if (verb !== 'move') {
      if ((await actOn(verb, { select, queue: name, isSingle })) !== undefined) finish();
      return;
    }
    const total = await countShown({ verb, select, to: key });
    if (total !== undefined) setMoving({ select, total });
  };
  const chosen = () =>
    selection.all === undefined ? { refs: [...selection.keys] } : selectionOf(key, filter);
  const buttons = (refused: string | undefined) =>
    verbs.map((verb) => (
      <Button
        key={verb}
        icon={VERB_ICONS[verb]}
        kind={isDangerous(verb) ? 'danger' : 'plain'}
        refused={refused}
        onClick={() => void begin(verb, chosen(), selection.keys.size === 1)}
      >
        {t().actions.verbs[verb].short}
      </Button>
    ));

  const columns: Column<Message>[] = [
    ...(verbs.length === 0 ? [] : [selectColumn(selection)]),
    ...messageColumns({ state, groupHref: (group) => hrefOf({ group, cursor: undefined }) }),
    ...(verbs.length === 0 ? [] : [rowVerb(verbs[0] as Verb)]),
  ];

  return (
    <>
      {verbs.length > 0 && (
        <SelectionBar
          selection={selection}
          listed={shown}
          total={total}
          idle={buttons(refusal('operator') ?? words.selectFirst)}
        >
          {buttons(refusal('operator'))}
        </SelectionBar>
      )}
      {error !== undefined && <ProblemNote problem={error} onRetry={refresh} />}
      {data === undefined ? (
        <div class="list-loading muted">{error === undefined && t().common.loading}</div>
      ) : items.length > 0 ? (
        <Table
          caption={words.tabs[state]}
          columns={columns}
          rows={items}
          keyOf={({ ref }) => ref}
          isBusy={isLoading}
          toneOf={({ ref }) => (selection.has(ref) ? 'chosen' : undefined)}
        />
      ) : isNarrow(filter) || cursor !== undefined || data.next !== null ? (
        <NoMatch
          scanned={data.scanned}
          allHref={hrefOf({ q: undefined, group: undefined, error: undefined, cursor: undefined })}
          nextHref={data.next === null ? undefined : hrefOf({ cursor: data.next })}
        />
      ) : (
        <EmptyList queue={queue} state={state} onEnqueue={onEnqueue} />
      )}
      {data !== undefined && (items.length > 0 || cursor !== undefined) && (
        <Pager
          shown={items.length}
          firstHref={cursor === undefined ? undefined : hrefOf({ cursor: undefined })}
          nextHref={data.next === null ? undefined : hrefOf({ cursor: data.next })}
        />
      )}
      {moving !== undefined && (
        <MoveDialog
          title={t().actions.verbs.move.title(moving.total)}
          text={t().actions.verbs.move.text(moving.total)}
          from={name}
          onClose={() => setMoving(undefined)}
          onMove={async (to) => {
            setMoving(undefined);
            await moveTo(to, moving.select, moving.total);
            finish();
          }}
        />
      )}
    </>
  );

  /** What is most often done to one. */
  function rowVerb(verb: Verb): Column<Message> {
    return {
      key: 'verb',
      title: words.columns.action,
      isTitleHidden: true,
      width: '4rem',
      from: 'medium',
      isFigure: true,
      render: (message) => (
        <Button
          kind="quiet"
          icon={VERB_ICONS[verb]}
          isIconOnly
          refused={refusal('operator')}
          aria-label={words.verbOf(t().actions.verbs[verb].short, messageName(message))}
          onClick={() => void begin(verb, { refs: [message.ref] }, true)}
        >
          {t().actions.verbs[verb].short}
        </Button>
      ),
    };
  }
}
