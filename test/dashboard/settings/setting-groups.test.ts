import { expect, it } from 'vitest';
import { settingGroups } from '../../../dashboard/pages/settings/setting-groups.ts';

it('settings are those of the server, of queues and of the schedule', () => {
  const groups = settingGroups([
    { name: 'item_size_max', value: '1048576' },
    { name: 'queue:mail:rate', value: '40/s' },
    { name: 'queue:sync:erp:max_items', value: '500' },
    { name: 'queue:*:backoff', value: 'fixed:10' },
    { name: 'schedule:nightly', value: '0 3 * * * reports run()' },
  ]);
  expect(groups.server).toEqual([{ name: 'item_size_max', value: '1048576' }]);
  expect(groups.rules).toEqual([
    { queue: 'mail', name: 'rate', value: '40/s' },
    { queue: 'sync:erp', name: 'max_items', value: '500' },
    { queue: '*', name: 'backoff', value: 'fixed:10' },
  ]);
  expect(groups.schedule).toEqual([{ name: 'nightly', value: '0 3 * * * reports run()' }]);
});
