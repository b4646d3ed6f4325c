import type { ScheduledJob } from '../../../server/http/schemas/server.ts';
import { perform } from '../../actions/act.ts';
import { refusal } from '../../actions/permission.ts';
import { ask } from '../../actions/question.tsx';
import { change } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { RowActions } from '../../components/row-actions.tsx';
import { t } from '../../language/language.ts';
import { runNow } from './run-now.ts';

/** A run now, and whether there are runs at all. */
export function ScheduleActions({ job }: { readonly job: ScheduledJob }) {
  const { name, key, state, disabled, queue } = job;
  const words = t().schedule;
  const refused = refusal('operator');
  const isLive = state === 'ready' || state === 'running';
  const run = async () => {
    const isSure = await ask({
      title: words.runTitle(name),
      text: words.runText(queue.name),
      confirm: words.runNow,
    });
    if (isSure) await runNow(job);
  };
  const disable = async () => {
    const isSure = await ask({
      title: words.disableTitle(name),
      text: words.disableText,
      confirm: words.disable,
      isDangerous: true,
    });
    if (isSure)
      await perform(words.disabled(name), () => change('PUT /schedule/{name}/disabled', { name: key }));
  };
  const enable = () =>
    perform(words.enabled(name), () => change('DELETE /schedule/{name}/disabled', { name: key }));
  return (
    <RowActions>
      <Button icon="play" refused={refused ?? (isLive ? words.isLive : undefined)} onClick={run}>
        {words.runNow}
      </Button>
      <Button icon={disabled ? 'check' : 'ban'} refused={refused} onClick={disabled ? enable : disable}>
        {disabled ? words.enable : words.disable}
      </Button>
    </RowActions>
  );
}
