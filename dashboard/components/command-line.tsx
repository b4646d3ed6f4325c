import './command-line.css';
import { CopyButton } from './copy-button.tsx';

/** How a worker is started, beside its configuration. */
export const START_WORKER = 'npx memq-consume --config config.ini --watch';

/** What is typed somewhere else, to be copied: a command, or lines of a file. */
export function CommandLine({ text }: { readonly text: string }) {
  return (
    <div class="command-line">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
