import type { ErrorGroup } from '../../../../server/http/schemas/actions.ts';
import { actOn, tellProblem } from '../../../actions/act-on.ts';
import { refusal } from '../../../actions/permission.ts';
import { Button } from '../../../components/button.tsx';
import { useBusy } from '../../../components/use-busy.ts';
import { t } from '../../../language/language.ts';
import { chosenOf } from '../about-group.ts';
import type { Trial } from './trial.ts';
import { TrialPanel } from './trial-panel.tsx';
import { beginFirst, dismissTrial } from './trials.ts';

/** The trial of a group, and what it offers for the others once it is over. */
export function GroupTrial({
  about,
  trial,
  group,
  onActed,
}: {
  readonly about: string;
  readonly trial: Trial;
  /** As it is now; undefined: there are no others. */
  readonly group: ErrorGroup | undefined;
  readonly onActed: () => void;
}) {
  return (
    <TrialPanel trial={trial} onDismiss={() => dismissTrial(about)}>
      {group === undefined ? (
        <p class="muted">{t().failed.trial.noOthers}</p>
      ) : (
        <Others about={about} trial={trial} group={group} onActed={onActed} />
      )}
    </TrialPanel>
  );
}

function Others({
  about,
  trial,
  group,
  onActed,
}: {
  readonly about: string;
  readonly trial: Trial;
  readonly group: ErrorGroup;
  readonly onActed: () => void;
}) {
  const [isBusy, run] = useBusy();
  const words = t().failed;
  const refused = refusal('operator');
  const hasWorked = trial.phase === 'complete' || trial.phase === 'gone';
  // One that has failed for good again is in the group again.
  const isBack = trial.phase === 'failed' && trial.isSameError && trial.dueAt === null;
  const others = Math.max(0, group.count - (isBack ? 1 : 0));
  if (others === 0) return <p class="muted">{words.trial.noOthers}</p>;
  const doTo = (verb: 'retry' | 'discard') =>
    run(async () => {
      if ((await actOn(verb, chosenOf(group))) !== undefined) dismissTrial(about);
      onActed();
    });
  const another = () =>
    run(async () => {
      const problem = (error: unknown) => tellProblem(words.trial.another, error);
      await beginFirst(group, trial.ref).catch(problem);
      onActed();
    });
  const props = { refused, isBusy } as const;
  return (
    <>
      <Button {...props} kind={hasWorked ? 'main' : 'plain'} icon="retry" onClick={() => doTo('retry')}>
        {hasWorked ? words.trial.retryOthers(others) : words.trial.retryAnyway(others)}
      </Button>
      <Button {...props} icon="play" onClick={another}>
        {words.trial.another}
      </Button>
      {!hasWorked && (
        <Button {...props} kind="danger" icon="trash" onClick={() => doTo('discard')}>
          {words.trial.discardOthers(others)}
        </Button>
      )}
    </>
  );
}
