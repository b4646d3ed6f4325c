import type { ComponentChildren } from 'preact';
import { serverInfo } from '../../api/server-info.ts';
import { Empty } from '../../components/empty.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';

/** What only admins may read; the others are told so, and nothing is asked for. */
export function ForAdmins({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  const words = t().settings;
  const info = serverInfo.value;
  if (info === undefined) return <p class="muted">{t().common.loading}</p>;
  if (info.role === 'admin') return <>{children}</>;
  return (
    <Panel title={title}>
      <Empty icon="lock" title={words.forAdmins}>
        <p>{words.forAdminsText(words.roles[info.role] ?? info.role)}</p>
      </Empty>
    </Panel>
  );
}
