import { LiveBytes } from '../log/live-bytes.ts';
import type { Log } from '../log/log.ts';
import { row } from '../state/message-table.ts';
import { State } from '../state/state-machine.ts';
import type { LivingMessage } from './fill-log.ts';
import type { MigrationSource } from './migration.ts';
import { slotsByPosition } from './slots-by-position.ts';

/** A log that tells the engine time of what it has told, as those of clusters do. */
export type TimedLog = Log & { readonly newestTime: number };

/** A log that is migrated, and only read. Whoever opens it sees to it that nobody appends meanwhile. */
export class LogSource implements MigrationSource {
  readonly #log: TimedLog;
  readonly state = new State(new LiveBytes());

  /** Replays the log. Rejects with its errors. */
  static async read(log: TimedLog): Promise<LogSource> {
    const source = new LogSource(log);
    const { state } = source;
    await log.replay(state);
    state.freeDiscarded();
    state.rebuild();
    return source;
  }

  private constructor(log: TimedLog) {
    this.#log = log;
  }

  get newest(): number {
    return this.#log.newestTime;
  }

  async *messages(): AsyncGenerator<LivingMessage> {
    const { table } = this.state;
    for (const slot of slotsByPosition(this.state)) {
      const page = table.page(slot);
      const position = page.position[row(slot)];
      const size = page.size[row(slot)];
      const record = this.#log.find(position, size) ?? (await this.#log.load(position, size));
      yield { slot, record };
    }
  }
}
