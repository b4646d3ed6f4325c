import { useEffect } from 'preact/hooks';
import type { Message } from '../../../server/http/schemas/messages.ts';
import { ProblemError } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { exactCount } from '../../format/numbers.ts';
import { locale, t } from '../../language/language.ts';
import { moveFocus } from './result-keys.ts';
import { Result } from './search-result.tsx';
import { isExact, type SearchFor, type SearchState } from './search-run.ts';
import { useSearch } from './use-search.ts';
import { useTotal } from './use-total.ts';

/** What was found, as it is found, and how much was looked at. */
export function Results({ search, onAgain }: { readonly search: SearchFor; readonly onAgain: () => void }) {
  const { state, run } = useSearch(search);
  const words = t().search;
  const { items, phase, problem } = state;
  const exact = items.filter((item) => isExact(item, search.q));
  const others = items.filter((item) => !isExact(item, search.q));
  const isDone = phase === 'over' || phase === 'found';
  useEffect(() => {
    if (isDone) announce(words.found(items.length));
  }, [isDone]);
  const toField = () => document.querySelector<HTMLElement>('.search-form input')?.focus();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrows only move the focus among its links
    <div class="results" onKeyDown={(event) => moveFocus(event, toField)}>
      <Progress
        search={search}
        state={state}
        onStop={() => run.stop()}
        onGoOn={() => void run.goOn()}
        onAgain={onAgain}
      />
      {problem !== undefined && <Problem problem={problem} onRetry={() => void run.goOn()} />}
      {exact.length > 0 && <ResultList title={words.exact} items={exact} q={search.q} />}
      {others.length > 0 && <ResultList title={words.others} items={others} q={search.q} />}
      {items.length === 0 && phase === 'over' && (
        <Empty icon="search" title={words.nothing}>
          <p>{words.nothingText}</p>
          {(search.queue !== '' || search.state !== '') && <p>{words.nothingFiltered}</p>}
        </Empty>
      )}
    </div>
  );
}

function ResultList({ title, items, q }: { title: string; items: readonly Message[]; q: string }) {
  return (
    <Panel title={title} isFlush>
      <ol class="result-list">
        {items.map((item) => (
          <Result key={item.ref} message={item} q={q} />
        ))}
      </ol>
    </Panel>
  );
}

function Problem({ problem, onRetry }: { readonly problem: Error; readonly onRetry: () => void }) {
  if (problem instanceof ProblemError) return <ProblemNote problem={problem} onRetry={onRetry} />;
  return <Foreign text={problem.message} />;
}

interface ProgressProps {
  readonly search: SearchFor;
  readonly state: SearchState;
  readonly onStop: () => void;
  readonly onGoOn: () => void;
  readonly onAgain: () => void;
}

/** How much was looked at, and how to stop, or go on. */
function Progress({ search, state: { phase, items, scanned }, onStop, onGoOn, onAgain }: ProgressProps) {
  const words = t().search;
  // Those were found through an index, without a look at them.
  const exact = items.filter((item) => isExact(item, search.q)).length;
  const known = useTotal(search);
  const count = (n: number) => exactCount(n, locale.value);
  const total = known === undefined ? undefined : Math.max(known, scanned);
  const looked =
    phase === 'over'
      ? words.lookedAtAll(count(scanned + exact))
      : total === undefined
        ? words.lookedAt(count(scanned))
        : words.lookedAtOf(count(scanned), count(total));
  return (
    <div class="search-progress">
      <p>
        <strong>{words.found(items.length)}</strong> <span class="muted">{looked}</span>
      </p>
      <progress
        aria-label={words.progress}
        max={1}
        {...(phase === 'over' ? { value: 1 } : total ? { value: scanned / total } : {})}
      />
      {phase === 'searching' || phase === 'new' ? (
        <Button icon="stop" onClick={onStop}>
          {words.stop}
        </Button>
      ) : (
        <Button icon={phase === 'over' ? 'retry' : 'search'} onClick={phase === 'over' ? onAgain : onGoOn}>
          {phase === 'over' ? words.again : phase === 'stopped' ? words.goOn : words.further}
        </Button>
      )}
    </div>
  );
}
