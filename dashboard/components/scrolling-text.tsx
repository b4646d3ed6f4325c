import './scrolling-text.css';
import { Foreign } from './foreign.tsx';

/** A text of many lines, as it was written: an error with its stack, a result. Who has no mouse can scroll it, too. */
export function ScrollingText({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scrolling-text" tabIndex={0} aria-label={label}>
      <pre>
        <Foreign text={text} />
      </pre>
    </section>
  );
}
