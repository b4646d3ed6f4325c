import type { ErrorGroup } from '../../../server/http/schemas/actions.ts';
import { actOn, tellProblem } from '../../actions/act-on.ts';
import { refusal } from '../../actions/permission.ts';
import { Button } from '../../components/button.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { t } from '../../language/language.ts';
import { chosenOf } from './about-group.ts';
import { beginFirst } from './trial/trials.ts';

/** What can be done with all messages of a group. */
export function GroupTools({
  group,
  hasTrial,
  onActed,
}: {
  readonly group: ErrorGroup | undefined;
  readonly hasTrial: boolean;
  readonly onActed: () => void;
}) {
  const [isBusy, run] = useBusy();
  const words = t().failed;
  const count = group?.count ?? 0;
  const refused = group === undefined ? t().common.loading : refusal('operator');
  const first = () =>
    run(async () => {
      await beginFirst(group as ErrorGroup).catch((error) => tellProblem(words.retryOneFirst, error));
      onActed();
    });
  const doTo = (verb: 'retry' | 'discard') =>
    run(async () => {
      await actOn(verb, chosenOf(group as ErrorGroup));
      onActed();
    });
  return (
    <>
      {!hasTrial && (
        <Button icon="play" refused={refused} isBusy={isBusy} onClick={first}>
          {words.retryOneFirst}
        </Button>
      )}
      <Button kind="main" icon="retry" refused={refused} isBusy={isBusy} onClick={() => doTo('retry')}>
        {words.retryThese(count)}
      </Button>
      <Button kind="danger" icon="trash" refused={refused} isBusy={isBusy} onClick={() => doTo('discard')}>
        {words.discardThese(count)}
      </Button>
    </>
  );
}
