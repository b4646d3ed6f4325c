import './app.css';
import type { ComponentType } from 'preact';
import { LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { QuestionHost } from '../actions/question-host.tsx';
import { Tray } from '../actions/tray.tsx';
import { base } from '../api/base.ts';
import { Announcer } from '../components/announcer.tsx';
import { focusMain, focusPage, MAIN_ID } from '../components/main-region.ts';
import { loadTexts, type PartName, t } from '../language/language.ts';
import { connection } from '../live/live.ts';
import { OverviewPage } from '../pages/overview/overview-page.tsx';
import { ConditionBar } from './condition-bar.tsx';
import { Keyboard } from './keyboard/keyboard.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { loadPage } from './page-loader.ts';
import { PaletteHost } from './palette/palette-host.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

// Each page but the first is loaded when somebody goes there.
const QueuesPage = page('queues', async () => (await import('../pages/queues/queues-page.tsx')).QueuesPage);
const QueuePage = page('queue', async () => (await import('../pages/queue/queue-page.tsx')).QueuePage);
const MessagePage = page(
  'message',
  async () => (await import('../pages/message/message-page.tsx')).MessagePage,
);
const FailedPage = page('failed', async () => (await import('../pages/failed/failed-page.tsx')).FailedPage);
const RunningPage = page(
  'running',
  async () => (await import('../pages/running/running-page.tsx')).RunningPage,
);
const WorkersPage = page(
  'workers',
  async () => (await import('../pages/workers/workers-page.tsx')).WorkersPage,
);
const SchedulePage = page(
  'schedule',
  async () => (await import('../pages/schedule/schedule-page.tsx')).SchedulePage,
);
const SearchPage = page('search', async () => (await import('../pages/search/search-page.tsx')).SearchPage);
const SettingsPage = page(
  'settings',
  async () => (await import('../pages/settings/settings-page.tsx')).SettingsPage,
);

function page(part: PartName, load: () => Promise<ComponentType>) {
  return lazy(() => loadPage(async () => (await Promise.all([load(), loadTexts(part)]))[0]));
}

/** The frame around all pages. */
export function App() {
  return (
    <LocationProvider scope={`${base}/`}>
      <PageBoundary at="">
        <button type="button" class="skip" onClick={focusMain}>
          {t().frame.skip}
        </button>
        <div class="app">
          <Rail />
          <div class="app-page">
            <TopBar />
            <main id={MAIN_ID} tabIndex={-1} class={connection.value === 'lost' ? 'stale' : undefined}>
              <Pages />
            </main>
            <ConditionBar />
          </div>
        </div>
        <Tray />
        <QuestionHost />
        <PaletteHost />
        <Keyboard />
        <Announcer />
      </PageBoundary>
    </LocationProvider>
  );
}

/** Which page is shown at which address. */
function Pages() {
  const { path } = useLocation();
  return (
    <PageBoundary at={path}>
      <Router onRouteChange={focusPage}>
        <Route path={`${base}/`} component={OverviewPage} />
        <Route path={`${base}/queues`} component={QueuesPage} />
        <Route path={`${base}/queues/:key`} component={QueuePage} />
        <Route path={`${base}/queues/:key/messages/:ref`} component={MessagePage} />
        <Route path={`${base}/failed`} component={FailedPage} />
        <Route path={`${base}/running`} component={RunningPage} />
        <Route path={`${base}/workers`} component={WorkersPage} />
        <Route path={`${base}/schedule`} component={SchedulePage} />
        <Route path={`${base}/search`} component={SearchPage} />
        <Route path={`${base}/settings`} component={SettingsPage} />
        <Route default component={NotFoundPage} />
      </Router>
    </PageBoundary>
  );
}
