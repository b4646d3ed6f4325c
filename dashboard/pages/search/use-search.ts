import { useEffect, useState } from 'preact/hooks';
import { read } from '../../api/client.ts';
import { type SearchFor, SearchRun, type SearchState } from './search-run.ts';

const PAGE = 50;

interface Kept {
  readonly key: string;
  readonly run: SearchRun;
  show: (state: SearchState) => void;
}

/** The last one is kept: who comes back from a message finds what he has left. */
let last: Kept | undefined;

/** A search as it goes on. It stops when nobody looks at it any more. */
export function useSearch(search: SearchFor): { readonly state: SearchState; readonly run: SearchRun } {
  const [kept] = useState(() => keptRun(search));
  const { run } = kept;
  const [state, show] = useState(run.state);
  useEffect(() => {
    kept.show = show;
    if (run.state.phase === 'new') void run.goOn();
    return () => {
      kept.show = () => {};
      run.stop();
    };
  }, [kept, run]);
  return { state, run };
}

/** The next search begins anew, though it may be for the same. */
export function forgetLastSearch(): void {
  last = undefined;
}

function keptRun({ q, queue, state }: SearchFor): Kept {
  const key = JSON.stringify([q, queue, state]);
  if (last?.key === key) return last;
  const ask = (cursor: string | undefined, signal: AbortSignal) =>
    read('/search', { query: { q, queue, state, cursor, limit: PAGE }, signal });
  const kept: Kept = { key, show: () => {}, run: new SearchRun(ask, (now) => kept.show(now)) };
  last = kept;
  return kept;
}
