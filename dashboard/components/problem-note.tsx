import './problem-note.css';
import { useLocation } from 'preact-iso';
import { queryText } from '../api/base.ts';
import type { ProblemError } from '../api/client.ts';
import { Icon } from '../icons/icon.tsx';
import { t } from '../language/language.ts';
import { Button } from './button.tsx';

/** What went wrong, in words. */
export function problemText({ code, message }: Pick<ProblemError, 'code' | 'message'>): string {
  return t().common.problems[code] ?? message;
}

/** That something could not be had, why, and how to try it again. */
export function ProblemNote({
  problem,
  onRetry,
}: {
  readonly problem: ProblemError;
  readonly onRetry?: () => void;
}) {
  const { path, query } = useLocation();
  const words = t().common;
  return (
    <div class="problem-note" role="alert">
      <Icon name="alert" />
      <span>{problemText(problem)}</span>
      {problem.code === 'cursor' ? (
        // It would be the same again.
        <a href={`${path}${queryText({ ...query, cursor: undefined })}`}>{words.first}</a>
      ) : (
        onRetry && <Button onClick={onRetry}>{words.tryAgain}</Button>
      )}
    </div>
  );
}
