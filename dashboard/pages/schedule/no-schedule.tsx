import { CommandLine } from '../../components/command-line.tsx';
import { Empty } from '../../components/empty.tsx';
import { t } from '../../language/language.ts';

const EXAMPLE = "[schedule]\nnightly-report = 0 3 * * * reports dailySummary('sales')";

/** How a job gets into the schedule. */
export function NoSchedule() {
  const words = t().schedule;
  return (
    <Empty icon="calendar" title={words.none}>
      <p>{words.noneText}</p>
      <CommandLine text={EXAMPLE} />
    </Empty>
  );
}
