import type { ErrorGroup } from '../../../server/http/schemas/actions.ts';
import { actOn } from '../../actions/act-on.ts';
import { refusal } from '../../actions/permission.ts';
import { runningTask } from '../../actions/tasks.ts';
import { Button } from '../../components/button.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { aboutGroup, chosenOf } from './about-group.ts';
import { TaskProgress } from './task-progress.tsx';

/** What can be done with a group where it is listed; how far that is, while it goes on. */
export function GroupActions({ group }: { readonly group: ErrorGroup }) {
  const [isBusy, run] = useBusy();
  const refused = refusal('operator');
  const words = t().failed;
  const task = runningTask(aboutGroup(group));
  if (task !== undefined) return <TaskProgress task={task} />;
  const { count, sample } = group;
  return (
    <span class="row-actions">
      <Button
        kind="quiet"
        icon="retry"
        isIconOnly
        refused={refused}
        isBusy={isBusy}
        aria-label={`${words.retryThese(count)}: ${visibleString(sample)}`}
        onClick={() => run(() => actOn('retry', chosenOf(group)))}
      >
        {words.retryThese(count)}
      </Button>
      <Button
        kind="quiet"
        icon="trash"
        isIconOnly
        refused={refused}
        isBusy={isBusy}
        aria-label={`${words.discardThese(count)}: ${visibleString(sample)}`}
        onClick={() => run(() => actOn('discard', chosenOf(group)))}
      >
        {words.discardThese(count)}
      </Button>
    </span>
  );
}
