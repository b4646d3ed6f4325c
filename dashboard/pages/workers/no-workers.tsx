import { CommandLine, START_WORKER } from '../../components/command-line.tsx';
import { Empty } from '../../components/empty.tsx';
import { t } from '../../language/language.ts';

/** How a worker is started. */
export function NoWorkers() {
  const words = t().workers;
  return (
    <Empty icon="cpu" title={words.none}>
      <p>{words.noneText}</p>
      <CommandLine text={START_WORKER} />
    </Empty>
  );
}
