import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { ProblemError } from '../api/client.ts';
import { environment } from './live.ts';
import { Poll, type PollState } from './poll.ts';

export interface Polled<T> {
  /** The last that came; also of the path before, while the next one is being loaded. */
  readonly data: T | undefined;
  readonly error: ProblemError | undefined;
  readonly isLoading: boolean;
  /** Asks at once. */
  refresh(): void;
}

/** What a path below `/api/v1` answers, asked for again and again while the tab is visible; undefined: nothing. */
export function usePolled<T>(path: string | undefined, periodMs: number): Polled<T> {
  const [state, show] = useState<PollState>(() => ({
    text: undefined,
    problem: undefined,
    isLoading: path !== undefined,
  }));
  const [poll] = useState(() => new Poll(environment, show));
  useLayoutEffect(() => {
    const see = () => poll.setSeen(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', see);
    see();
    return () => {
      document.removeEventListener('visibilitychange', see);
      poll.close();
    };
  }, [poll]);
  useLayoutEffect(() => poll.follow(path, periodMs), [poll, path, periodMs]);
  const { text, problem, isLoading } = state;
  const data = useMemo(() => (text === undefined ? undefined : (JSON.parse(text) as T)), [text]);
  const error = useMemo(() => problem && new ProblemError(problem), [problem]);
  return { data, error, isLoading, refresh: () => poll.refresh() };
}
