import { t } from '../../language/language.ts';
import { RunCell } from './run-cell.tsx';

/** What the cells of the last runs mean. */
export function RunLegend() {
  const { outcomes, legend } = t().schedule;
  return (
    <div class="run-legend">
      <span>{legend}</span>
      <span>
        <RunCell end="complete" /> {outcomes.complete}
      </span>
      <span>
        <RunCell end="failed" /> {outcomes.failed}
      </span>
      <span>
        <RunCell end="other" /> {outcomes.cancelled}
      </span>
    </div>
  );
}
