import './bar.css';

/** How much of a whole something is, for those who see it; a figure beside it says it to all. `part`: 0 to 1. */
export function Bar({ part, tone = 'accent' }: { readonly part: number; readonly tone?: 'accent' | 'bad' }) {
  // What there is can be seen, however little.
  const width = part > 0 ? Math.min(100, Math.max(2, 100 * part)) : 0;
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width={width} height="4" />
    </svg>
  );
}
