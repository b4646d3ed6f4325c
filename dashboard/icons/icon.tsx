import './icon.css';
import { type IconName, strokesOf } from './icons.ts';

/** An icon beside its word, which says it: it tells nothing to those who listen. */
export function Icon({ name, isSpinning = false }: { name: IconName; isSpinning?: boolean }) {
  return (
    <svg
      class={isSpinning ? 'icon spinning' : 'icon'}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
      dangerouslySetInnerHTML={{ __html: strokesOf(name) }}
    />
  );
}
