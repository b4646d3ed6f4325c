import { damage, damagedLog } from '../log/local/damage.ts';
import type { FileSystem } from '../log/local/file-system.ts';
import type { State } from '../state/state-machine.ts';
import type { LivingMessage } from './fill-log.ts';
import type { MigrationSource } from './migration.ts';
import { Survey } from './survey.ts';

/** A data directory that is migrated. It is only read; whoever opens it keeps servers out. */
export class DirectorySource implements MigrationSource {
  readonly #survey: Survey;
  readonly state: State;
  readonly newest: number;

  /** Throws DamagedError where a start would, and the disk's errors. */
  constructor(fileSystem: FileSystem, directory: string) {
    const survey = new Survey(fileSystem, directory, 'start');
    const { state, reading, damage: places } = survey.contents;
    const [first] = places;
    if (first !== undefined) {
      survey.close();
      throw damagedLog(first);
    }
    // What was given out after the last sync may be known to somebody.
    state.nextId = Math.max(state.nextId, reading.nextId);
    this.#survey = survey;
    this.state = state;
    this.newest = reading.newest;
  }

  /** Throws DamagedError at one that cannot be read: nothing is left behind without a word. */
  *messages(): Generator<LivingMessage> {
    for (const message of this.#survey.messages()) {
      if ('slot' in message) yield message;
      else
        throw damage(
          message.path,
          `is damaged at offset ${message.offset}: the message there cannot be read`,
        );
    }
  }

  close(): void {
    this.#survey.close();
  }
}
