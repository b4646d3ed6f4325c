import './outcome-panels.css';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Percent } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { progressOf } from '../../format/progress.ts';
import { t } from '../../language/language.ts';
import { bytesOfBase64, hexDump } from './hex.ts';
import { prettyJson } from './pretty-json.ts';

/** What a job has left. */
export function ResultPanel({ message }: { readonly message: MessageDetail }) {
  const words = t().message.result;
  const { result, result_base64: base64 } = message;
  const text = result ?? (base64 === null ? undefined : hexDump(bytesOfBase64(base64), 16));
  return (
    <Panel title={words.title} tools={text !== undefined && <CopyButton text={text} label={words.copy} />}>
      {text === undefined ? (
        <p class="muted">{words.none}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        <section class="code-text" tabIndex={0} aria-label={words.text}>
          <Foreign text={(result !== null && prettyJson(result)) || text} isMono />
        </section>
      )}
    </Panel>
  );
}

/** How far a job is, as it tells. */
export function ProgressPanel({ progress: told }: { readonly progress: string | null }) {
  const words = t().message.progress;
  const progress = told === null ? undefined : progressOf(told);
  return (
    <Panel title={words.title}>
      {progress === undefined ? (
        <p class="muted">{words.none}</p>
      ) : (
        <div class="progress">
          {progress.part !== undefined && (
            <p class="progress-figure">
              <progress max={1} value={progress.part} aria-label={words.title} />
              <Percent of={progress.part} />
            </p>
          )}
          {progress.text !== '' && <Foreign text={progress.text} />}
        </div>
      )}
    </Panel>
  );
}
