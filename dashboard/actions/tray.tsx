import './tray.css';
import { Button } from '../components/button.tsx';
import { Icon } from '../icons/icon.tsx';
import { locale, t } from '../language/language.ts';
import { dismissTask, type Task, tasks } from './tasks.ts';

/** What was begun here, and how far it is. */
export function Tray() {
  return (
    <section class="tray" aria-label={t().actions.tray}>
      <ul>
        {tasks.value.map((task) => (
          <TaskRow key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

const ICONS = { running: 'loader', done: 'circleCheck', failed: 'alert', aborted: 'ban' } as const;

function TaskRow({ task }: { readonly task: Task }) {
  const { id, title, state, done, total, abort, error } = task;
  const words = t();
  return (
    <li class={`task ${state}`}>
      <Icon name={ICONS[state]} isSpinning={state === 'running'} />
      <div class="task-words">
        <span class="foreign">{title}</span>
        {error !== undefined && <span class="foreign">{error}</span>}
        {error === undefined && <span class="muted">{progress(task)}</span>}
        {state === 'running' && total !== undefined && done !== undefined && (
          <progress max={Math.max(total, 1)} value={done} aria-label={title} />
        )}
      </div>
      {abort !== undefined ? (
        <Button kind="quiet" onClick={abort}>
          {words.actions.stop}
        </Button>
      ) : (
        state !== 'running' && (
          <Button kind="quiet" icon="x" isIconOnly onClick={() => dismissTask(id)}>
            {words.common.close}
          </Button>
        )
      )}
    </li>
  );
}

function progress({ state, done, total, skipped }: Task): string | undefined {
  const words = t().actions;
  const count = (n: number) => n.toLocaleString(locale.value);
  if (state === 'running')
    return done === undefined || total === undefined ? undefined : words.progress(count(done), count(total));
  if (done === undefined) return undefined;
  return skipped ? words.doneSkipped(count(done), count(skipped)) : words.done(count(done));
}
