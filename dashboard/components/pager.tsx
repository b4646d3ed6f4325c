import './pager.css';
import { Icon } from '../icons/icon.tsx';
import { t } from '../language/language.ts';

interface Props {
  /** How many rows are shown. */
  readonly shown: number;
  readonly firstHref: string | undefined;
  readonly nextHref: string | undefined;
}

/** What follows, and the way back to the beginning. Between them the browser's own back leads. */
export function Pager({ shown, firstHref, nextHref }: Props) {
  const words = t().common;
  return (
    <nav class="pager" aria-label={words.more}>
      <span class="muted">{words.shown(shown)}</span>
      {firstHref !== undefined && <a href={firstHref}>{words.first}</a>}
      {nextHref !== undefined && (
        <a href={nextHref} rel="next">
          {words.more}
          <Icon name="chevronRight" />
        </a>
      )}
    </nav>
  );
}
