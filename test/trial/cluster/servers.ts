import { type ServerOptions, TestServer } from '../../helpers/server.ts';
import { until } from '../../helpers/until.ts';

/** memq-servers that share one log. */
export class Servers {
  readonly all: readonly TestServer[];

  static async start(count: number, options: ServerOptions): Promise<Servers> {
    const servers = new Servers(Array.from({ length: count }, () => new TestServer(options)));
    await Promise.all(servers.all.map((each) => each.start()));
    return servers;
  }

  private constructor(all: readonly TestServer[]) {
    this.all = all;
  }

  get ports(): readonly number[] {
    return this.all.map(({ port }) => port);
  }

  /** The one that leads in the newest epoch, once that is newer than the given one. */
  async leader(after = 0): Promise<{ leader: TestServer; epoch: number }> {
    let found: { leader: TestServer; epoch: number } | undefined;
    await until(() => {
      const led = this.all.map((leader) => ({ leader, epoch: epochOf(leader) }));
      found = led.sort((a, b) => b.epoch - a.epoch)[0];
      return found !== undefined && found.epoch > after && found.leader.isRunning;
    });
    return found!;
  }

  async followers(): Promise<readonly TestServer[]> {
    const { leader } = await this.leader();
    return this.all.filter((each) => each !== leader);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.all) await each[Symbol.asyncDispose]();
  }
}

/** The newest epoch in which a server has led since its start; 0: it has not. */
function epochOf({ log }: TestServer): number {
  return Math.max(0, ...log.filter(({ msg }) => msg === 'leads').map(({ epoch }) => Number(epoch)));
}
