import { withPostgres } from '../fixtures/postgres.ts';
import { missing } from '../helpers/missing.ts';
import { PatroniCluster, whatIsMissing } from '../trial/cluster/patroni.ts';
import { Servers } from '../trial/cluster/servers.ts';
import { expectNothingLost } from '../trial/load/expectations.ts';
import { Load } from '../trial/load/load.ts';
import { type Fault, runRounds, tableOf } from '../trial/load/rounds.ts';

const CONFIG = '[queue:*]\nmax_attempts = 1000\nbackoff = fixed:0.2\n';

withPostgres('a cluster on databases under Patroni', (it) => {
  const absent = whatIsMissing();
  if (absent !== undefined) {
    missing(
      `a cluster on databases under Patroni: there is no ${absent} (apt-get install patroni etcd-server)`,
    );
    return;
  }
  it('loses nothing when Patroni has another database be the primary', async () => {
    await using database = await PatroniCluster.start(2);
    await using servers = await Servers.start(3, { log: database.url, config: CONFIG });
    await servers.leader();
    await using load = new Load(servers.ports);
    const faults: readonly Fault[] = [
      { kind: 'switched over', run: () => database.switchOver() },
      {
        kind: 'primary killed',
        run: async () => {
          const old = await database.primary();
          await database.kill(old);
          await database.anotherPrimary(old);
          await load.everybodyIsServed();
          await database.restart(old);
        },
      },
    ];
    const rows = await runRounds(load, faults);
    console.log(tableOf(rows));
    expectNothingLost(load, rows);
  });
});
