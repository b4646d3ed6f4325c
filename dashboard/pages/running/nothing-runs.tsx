import { href } from '../../api/base.ts';
import { CommandLine, START_WORKER } from '../../components/command-line.tsx';
import { Empty } from '../../components/empty.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';

/** Who would run something, and how that is started. */
export function NothingRuns({ isFiltered }: { readonly isFiltered: boolean }) {
  const workers = useTopic('workers')?.items.length;
  const words = t().running;
  if (isFiltered) {
    return (
      <Empty icon="play" title={words.noneHere}>
        <a href={href('/running')}>{words.showAll}</a>
      </Empty>
    );
  }
  return (
    <Empty icon="play" title={words.none}>
      {workers === undefined || workers === 0 ? (
        <>
          <p>{words.noWorkers}</p>
          <CommandLine text={START_WORKER} />
        </>
      ) : (
        <>
          <p>{words.workersWait(workers)}</p>
          <a href={href('/workers')}>{words.toWorkers}</a>
        </>
      )}
    </Empty>
  );
}
