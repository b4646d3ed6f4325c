import { useLocation } from 'preact-iso';
import type { Settings } from '../../../server/http/schemas/server.ts';
import { href } from '../../api/base.ts';
import { FilterField } from '../../components/filter-field.tsx';
import { fits } from '../../components/fits.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Table } from '../../components/table.tsx';
import { Icon } from '../../icons/icon.tsx';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { settingGroups } from './setting-groups.ts';

/** They change with the configuration, which is read again on a signal. */
const PERIOD_MS = 15_000;

/** The settings in force, those of the queues, and what waits for a restart. */
export function InForceTab() {
  const { data, error, refresh } = usePolled<Settings>('/settings', PERIOD_MS);
  const { query, route } = useLocation();
  const wanted = query.q ?? '';
  const words = t().settings;
  if (error !== undefined && data === undefined) return <ProblemNote problem={error} onRetry={refresh} />;
  const { server, rules, schedule } = settingGroups(data?.settings ?? []);
  return (
    <>
      {data !== undefined && data.outdated.length > 0 && (
        <p class="note warn">
          <Icon name="alert" />
          {words.needsRestart(data.outdated.join(', '))}
        </p>
      )}
      <Panel
        isFlush
        title={words.inForce}
        tools={
          <FilterField
            label={words.filter}
            value={wanted}
            onChange={(text) => route(href('/settings', { tab: 'settings', q: text }), true)}
          />
        }
      >
        <Table
          caption={words.inForce}
          isBusy={data === undefined}
          keyOf={({ name }) => name}
          rows={server.filter(({ name, value }) => fits(wanted, name, value))}
          columns={[
            {
              key: 'name',
              title: words.name,
              width: '16rem',
              narrowWidth: '45%',
              render: ({ name }) => <code>{name}</code>,
            },
            { key: 'value', title: words.value, render: ({ value }) => <Foreign text={value} isMono /> },
          ]}
        />
      </Panel>
      {rules.length > 0 && (
        <Panel isFlush title={words.rules}>
          <Table
            caption={words.rules}
            keyOf={({ queue, name }) => `${queue}:${name}`}
            rows={rules.filter(({ queue, name, value }) => fits(wanted, queue, name, value))}
            columns={[
              { key: 'queue', title: words.queues, render: ({ queue }) => <Foreign text={queue} /> },
              { key: 'name', title: words.rule, width: '35%', render: ({ name }) => <code>{name}</code> },
              {
                key: 'value',
                title: words.value,
                width: '35%',
                render: ({ value }) => <Foreign text={value} isMono />,
              },
            ]}
          />
        </Panel>
      )}
      {schedule.length > 0 && (
        <Panel
          isFlush
          title={words.schedule}
          tools={<a href={href('/schedule')}>{t().frame.titles.schedule}</a>}
        >
          <Table
            caption={words.schedule}
            keyOf={({ name }) => name}
            rows={schedule.filter(({ name, value }) => fits(wanted, name, value))}
            columns={[
              {
                key: 'name',
                title: words.name,
                width: '16rem',
                narrowWidth: '45%',
                render: ({ name }) => <Foreign text={name} />,
              },
              { key: 'value', title: words.value, render: ({ value }) => <Foreign text={value} isMono /> },
            ]}
          />
        </Panel>
      )}
    </>
  );
}
