import './failed.css';
import { useLocation } from 'preact-iso';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { failedHref, readAddress } from './failed-address.ts';
import { GroupView } from './group-view.tsx';
import { GroupsTab } from './groups-tab.tsx';
import { MessagesTab } from './messages-tab.tsx';

/** What has failed for good: by what it failed with, or message by message; and what is done about it. */
export function FailedPage() {
  const address = readAddress(useLocation().query);
  const { queue, error, q, tab } = address;
  const overview = useTopic('overview');
  const words = t().failed;
  if (queue !== undefined && error !== undefined) {
    return <GroupView key={`${queue} ${error}`} queue={queue} group={error} address={address} />;
  }
  return (
    <Page title={words.title} lead={overview === undefined ? '\u00a0' : words.lead(overview.failed)}>
      <Tabs
        label={words.tabs}
        current={tab ?? 'groups'}
        tabs={[
          { key: 'groups', title: words.groupsTab, href: failedHref({ queue, q }) },
          {
            key: 'messages',
            title: words.messagesTab,
            href: failedHref({ tab: 'messages', queue, q }),
            count: overview?.failed,
          },
        ]}
      />
      {tab === 'messages' ? <MessagesTab address={address} /> : <GroupsTab address={address} />}
    </Page>
  );
}
