import type { Message } from '../../../server/http/schemas/messages.ts';
import { errorHref } from '../../api/base.ts';
import { Button } from '../../components/button.tsx';
import { Count } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { MessageCell, messageName, selectColumn } from '../../components/message-cell.tsx';
import type { Column } from '../../components/table.tsx';
import { Relative } from '../../components/times.tsx';
import type { Selection } from '../../components/use-selection.ts';
import { t } from '../../language/language.ts';
import { type FailedAddress, failedHref } from './failed-address.ts';

interface Options {
  readonly address: FailedAddress;
  readonly selection: Selection;
  readonly onTry: ((message: Message) => void) | undefined;
  readonly refused: string | undefined;
}

/** The columns of failed messages: what all that are listed have in common has none. */
export function failedColumns({ address, selection, onTry, refused }: Options): Column<Message>[] {
  const { queue, error } = address;
  const words = t().failed;
  const columns: (Column<Message> | undefined)[] = [
    selectColumn(selection),
    {
      key: 'job',
      title: words.job,
      render: (message) => (
        <MessageCell message={message}>
          <LineUnder message={message} isError={error === undefined} />
        </MessageCell>
      ),
    },
    queue === undefined ? queueColumn() : undefined,
    error === undefined ? errorColumn() : undefined,
    {
      key: 'attempts',
      title: words.attemptsTitle,
      width: '6rem',
      from: 'wide',
      isFigure: true,
      render: ({ attempts }) => <Count of={attempts} />,
    },
    {
      key: 'failed',
      title: words.failedAt,
      width: '7rem',
      isFigure: true,
      render: ({ ended_at }) => <Relative at={ended_at} />,
    },
    onTry && {
      key: 'try',
      title: words.actions,
      isTitleHidden: true,
      width: '4rem',
      from: 'medium',
      render: (message) => (
        <Button
          kind="quiet"
          icon="play"
          isIconOnly
          refused={refused}
          aria-label={`${words.tryThisOne}: ${messageName(message)}`}
          onClick={() => onTry(message)}
        >
          {words.tryThisOne}
        </Button>
      ),
    },
  ];
  return columns.filter((column) => column !== undefined);
}

/** Its id; on a phone also why it failed, where not all have failed with the same. */
function LineUnder({ message, isError }: { readonly message: Message; readonly isError: boolean }) {
  const { id, error } = message;
  return (
    <span class="clip muted message-line">
      {id !== null && <Foreign text={id} />}
      {isError && (
        <span class="under-narrow">
          {id !== null && ' · '}
          <Foreign text={error ?? t().failed.noError} />
        </span>
      )}
    </span>
  );
}

function queueColumn(): Column<Message> {
  return {
    key: 'queue',
    title: t().common.queue,
    width: '14%',
    from: 'medium',
    render: ({ queue }) => (
      <a href={failedHref({ tab: 'messages', queue: queue.key })}>
        <Foreign text={queue.name} />
      </a>
    ),
  };
}

function errorColumn(): Column<Message> {
  return {
    key: 'error',
    title: t().failed.error,
    width: '32%',
    from: 'medium',
    render: ({ error, error_group, queue }) => {
      const text = error === null ? <em>{t().failed.noError}</em> : <Foreign text={error} />;
      if (error_group === null) return text;
      return <a href={errorHref(queue.key, error_group)}>{text}</a>;
    },
  };
}
