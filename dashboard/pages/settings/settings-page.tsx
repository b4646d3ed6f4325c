import { useLocation } from 'preact-iso';
import { href } from '../../api/base.ts';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { t } from '../../language/language.ts';
import { AuditTab } from './audit-tab.tsx';
import { ConnectionsTab } from './connections-tab.tsx';
import { ForAdmins } from './for-admins.tsx';
import { InForceTab } from './in-force-tab.tsx';
import { ServerTab } from './server-tab.tsx';

const TABS = { server: ServerTab, settings: InForceTab, audit: AuditTab, connections: ConnectionsTab };
type TabName = keyof typeof TABS;
const FOR_ADMINS: readonly TabName[] = ['settings', 'audit'];

/** The server itself: what it is, how it runs, who has done what to it, and who is connected. */
export function SettingsPage() {
  const { query } = useLocation();
  const words = t().settings;
  const current = tabOf(query.tab);
  const tabs = (Object.keys(TABS) as TabName[]).map((key) => ({
    key,
    title: words.tabs[key],
    href: href('/settings', { tab: key === 'server' ? undefined : key }),
  }));
  const Shown = TABS[current];
  return (
    <Page title={words.title}>
      <Tabs label={words.title} tabs={tabs} current={current} />
      {FOR_ADMINS.includes(current) ? (
        <ForAdmins title={words.tabs[current]}>
          <Shown />
        </ForAdmins>
      ) : (
        <Shown />
      )}
    </Page>
  );
}

function tabOf(text: string | undefined): TabName {
  return text !== undefined && Object.hasOwn(TABS, text) ? (text as TabName) : 'server';
}
