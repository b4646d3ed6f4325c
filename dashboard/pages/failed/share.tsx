import { Bar } from '../../components/bar.tsx';
import { Count } from '../../components/figures.tsx';
import { percent } from '../../format/numbers.ts';
import { locale, t } from '../../language/language.ts';

/** How many of a group there are, and as a bar how they compare with the biggest one. */
export function Share({
  count,
  most,
  total,
}: {
  readonly count: number;
  readonly most: number;
  /** All that have failed. */
  readonly total: number | undefined;
}) {
  const part = total === undefined || total === 0 ? undefined : Math.min(1, count / total);
  const title = part === undefined ? undefined : t().failed.share(percent(part, locale.value));
  return (
    <span class="share" title={title}>
      <Count of={count} />
      <Bar part={count / most} tone="bad" />
    </span>
  );
}
