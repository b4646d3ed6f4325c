import { href } from '../api/base.ts';
import { Empty } from '../components/empty.tsx';
import { Page } from '../components/page.tsx';
import { t } from '../language/language.ts';

/** Where there is no page. */
export function NotFoundPage() {
  const words = t().frame;
  return (
    <Page title={words.notFound}>
      <Empty icon="search" title={words.notFoundText}>
        <a href={href('/')}>{words.toOverview}</a>
      </Empty>
    </Page>
  );
}
