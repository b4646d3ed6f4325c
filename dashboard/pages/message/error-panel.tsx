import './error-panel.css';
import { useState } from 'preact/hooks';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { queueHref } from '../../api/base.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';
import { errorLines } from './error-lines.ts';

/** Why it failed: what happened first, then causes and places, of which those in the own code stand out. */
export function ErrorPanel({ message, error }: { readonly message: MessageDetail; readonly error: string }) {
  const [isOwnOnly, setOwnOnly] = useState(false);
  const words = t().message.error;
  const [first, ...rest] = errorLines(error);
  const hasOthers = rest.some(({ kind }) => kind === 'other');
  const shown = isOwnOnly ? rest.filter(({ kind }) => kind !== 'other') : rest;
  const group = message.error_group;
  return (
    <Panel
      title={message.state === 'failed' ? words.title : words.lastTitle}
      tools={
        <>
          {group !== null && message.state === 'failed' && (
            <a href={queueHref(message.queue.key, { tab: 'failed', error: group })}>{words.similar}</a>
          )}
          {hasOthers && (
            <Button kind="quiet" onClick={() => setOwnOnly(!isOwnOnly)}>
              {isOwnOnly ? words.allFrames : words.ownOnly}
            </Button>
          )}
          <CopyButton text={error} label={words.copy} />
        </>
      }
    >
      <p class="error-message">
        <Foreign text={first?.text ?? ''} />
      </p>
      {shown.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        <section class="error-stack" tabIndex={0} aria-label={words.stack}>
          {shown.map(({ text, kind }, place) => (
            <div key={place} class={`error-line ${kind}`}>
              <Foreign text={text} isMono />
            </div>
          ))}
        </section>
      )}
    </Panel>
  );
}
