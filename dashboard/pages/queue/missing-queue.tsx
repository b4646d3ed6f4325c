import { refusal } from '../../actions/permission.ts';
import { href } from '../../api/base.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { t } from '../../language/language.ts';

/** That there is no such queue: queues come with their first message. */
export function MissingQueue({ name, onEnqueue }: { readonly name: string; readonly onEnqueue: () => void }) {
  const words = t().queue.missing;
  return (
    <div class="panel">
      <Empty icon="layers" title={words.title}>
        <p>
          {words.text} <Foreign text={name} isMono />
        </p>
        <p>{words.hint}</p>
        <Button kind="main" icon="plus" refused={refusal('operator')} onClick={onEnqueue}>
          {t().queue.actions.enqueue}
        </Button>
        <a href={href('/queues')}>{words.all}</a>
      </Empty>
    </div>
  );
}
