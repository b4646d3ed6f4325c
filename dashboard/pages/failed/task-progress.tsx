import type { Task } from '../../actions/tasks.ts';
import { Button } from '../../components/button.tsx';
import { exactCount } from '../../format/numbers.ts';
import { Icon } from '../../icons/icon.tsx';
import { locale, t } from '../../language/language.ts';

/** How far an action is, where that is seen which it is done to; and how it is stopped. */
export function TaskProgress({ task, isWide = false }: { readonly task: Task; readonly isWide?: boolean }) {
  const { done, total, abort } = task;
  const words = t();
  const count = (n: number) => exactCount(n, locale.value);
  const hasCount = done !== undefined && total !== undefined;
  return (
    <span class={isWide ? 'task-progress is-wide' : 'task-progress'}>
      {isWide && (
        <span class="task-progress-words">
          <Icon name="loader" isSpinning />
          <span class="foreign">{task.title}</span>
          {hasCount && <span class="muted">{words.actions.progress(count(done), count(total))}</span>}
        </span>
      )}
      <progress
        aria-label={words.failed.progressOf}
        {...(hasCount && { max: Math.max(1, total), value: done })}
      />
      {abort !== undefined && (
        <Button kind="quiet" icon="stop" isIconOnly={!isWide} onClick={abort}>
          {words.failed.stop}
        </Button>
      )}
    </span>
  );
}
