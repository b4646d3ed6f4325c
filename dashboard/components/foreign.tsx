import './foreign.css';
import { visibleText } from '../format/visible-text.ts';

/** What somebody else has written: names, payloads, errors. What would hide in it, or turn it around, is shown. */
export function Foreign({ text, isMono = false }: { readonly text: string; readonly isMono?: boolean }) {
  return (
    <bdi class={isMono ? 'foreign mono' : 'foreign'}>
      {visibleText(text).map(({ text: part, isMark }, index) =>
        isMark ? (
          <mark key={index} class="hidden-character">
            {part}
          </mark>
        ) : (
          part
        ),
      )}
    </bdi>
  );
}
