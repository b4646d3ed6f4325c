import { FirstJob } from '../../components/first-job.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';

/** Of a server without queues: how the first one comes to be. */
export function FirstJobPanel() {
  const words = t().overview;
  return (
    <Panel title={words.firstJob}>
      <p class="muted">{words.firstJobText}</p>
      <FirstJob />
    </Panel>
  );
}
