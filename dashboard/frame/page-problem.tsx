import { Button } from '../components/button.tsx';
import { Empty } from '../components/empty.tsx';
import { Foreign } from '../components/foreign.tsx';
import { Page } from '../components/page.tsx';
import { t } from '../language/language.ts';

/** Instead of a page that could not be loaded, or that has failed. */
export function PageProblem({ detail }: { readonly detail?: string }) {
  const words = t().frame;
  return (
    <Page title={words.pageFailed}>
      <div role="alert">
        <Empty icon="alert" title={detail === undefined ? words.pageNotLoaded : words.pageBroken}>
          {detail !== undefined && <Foreign text={detail} isMono />}
          <Button kind="main" icon="retry" onClick={() => location.reload()}>
            {words.loadAgain}
          </Button>
        </Empty>
      </div>
    </Page>
  );
}
