import { expect, it } from 'vitest';
import { withApi } from './with-api.ts';

const CONFIG = `[schedule]
timezone = Europe/Paris
nightly = 0 3 * * * reports buildReport('daily')
über = @hourly reports tidyUp()
`;

it('the jobs of the schedule, with their runs', async () => {
  const { api, client } = await withApi({ config: CONFIG });
  const before = (await api.get('/schedule')).json.items;
  expect(before).toMatchObject([
    {
      name: 'nightly',
      key: 'nightly',
      queue: { name: 'reports', key: 'reports' },
      cron: '0 3 * * *',
      timezone: 'Europe/Paris',
      state: 'waiting',
      disabled: false,
      due_at: null,
      runs: [],
    },
    { name: 'über', key: '~w7xiZXI' },
  ]);
  expect(Date.parse(before[0].next_at)).toBeGreaterThan(Date.now());

  expect((await api.post('/schedule/nightly/run')).status).toBe(204);
  const again = await api.post('/schedule/nightly/run');
  expect([again.status, again.json.code]).toEqual([409, 'live']);
  expect((await api.get('/schedule')).json.items[0].state).toBe('ready');
  expect(await client.getText('reports/open')).toBe("buildReport('daily')");
  expect((await api.get('/schedule')).json.items[0].state).toBe('running');
  await client.set('reports/fail/final', 'no paper\nat print');
  const [ran] = (await api.get('/schedule')).json.items;
  expect(ran).toMatchObject({ state: 'waiting', runs: [{ outcome: 'failed' }] });
  expect(ran.runs[0].error).toContain('no paper');
});

it('a job is disabled and enabled again, by its key or its name', async () => {
  const { api } = await withApi({ config: CONFIG });
  for (const name of ['nightly', '~w7xiZXI', '%C3%BCber']) {
    const row = name === 'nightly' ? 0 : 1;
    expect((await api.put(`/schedule/${name}/disabled`)).status).toBe(204);
    expect((await api.get('/schedule')).json.items[row]).toMatchObject({ state: 'disabled', disabled: true });
    expect((await api.delete(`/schedule/${name}/disabled`)).status).toBe(204);
    expect((await api.get('/schedule')).json.items[row]).toMatchObject({ state: 'waiting', disabled: false });
  }
});

it('there is nothing to be done with a job that the schedule has not', async () => {
  const { api } = await withApi({ config: CONFIG });
  const answers = [
    await api.post('/schedule/none/run'),
    await api.put('/schedule/none/disabled'),
    await api.delete('/schedule/none/disabled'),
  ];
  for (const { status, json } of answers)
    expect([status, json.detail]).toEqual([404, 'the schedule has no job "none"']);
});
