import type { JournalFile } from '../../server/engine/log/local/file-system.ts';
import type { SimulatedDisk } from './disk.ts';
import { type Call, diskError } from './faults.ts';
import type { Inode } from './inode.ts';

/** An open file. It keeps to its content, whatever becomes of its name. */
export class SimulatedFile implements JournalFile {
  readonly #disk: SimulatedDisk;
  readonly #inode: Inode;
  readonly #name: string;
  #isClosed = false;

  constructor(disk: SimulatedDisk, inode: Inode, name: string) {
    this.#disk = disk;
    this.#inode = inode;
    this.#name = name;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#assertOpen('write');
    this.#disk.call(
      'write',
      () => this.#disk.write(this.#inode, bytes, position),
      () => this.#writePart(bytes, position),
    );
  }

  writeLater(bytes: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fateOf = this.#disk.beginLater('writeLater');
      const done = (): void => {
        const fate = fateOf();
        this.#assertOpen('writeLater');
        if (fate === 'crash within' || fate === 'fail') this.#writePart(bytes, position);
        if (fate === 'crash within') this.#disk.die();
        if (fate === 'fail') return reject(diskError('EIO', 'write'));
        try {
          this.#disk.write(this.#inode, bytes, position);
        } catch (error) {
          return reject(error);
        }
        if (fate === 'crash after') this.#disk.die();
        resolve();
      };
      this.#disk.later({ done, killed: () => this.#writePart(bytes, position) });
    });
  }

  sync(done: (error: Error | null) => void): void {
    this.#assertOpen('sync');
    const fateOf = this.#disk.beginLater('sync');
    const end = this.#inode.beginSync();
    this.#disk.later({
      done: () => {
        const fate = fateOf();
        if (this.#isClosed) this.#disk.offences.push(`${this.#name} is closed while it is being synced`);
        this.#disk.onBusy(this.#disk.syncMs);
        if (fate === 'crash within') this.#disk.die();
        if (fate === 'fail') return this.#failSync(done);
        end();
        if (fate === 'crash after') this.#disk.die();
        done(null);
      },
    });
  }

  syncNow(): void {
    this.#assertOpen('syncNow');
    this.#disk.call(
      'syncNow',
      () => {
        this.#disk.onBusy(this.#disk.syncMs);
        this.#inode.beginSync()();
      },
      (error) => {
        if (error !== undefined) this.#inode.failSync(this.#disk.random);
      },
    );
  }

  read(into: Uint8Array, position: number): number {
    this.#assertOpen('read');
    return this.#disk.call('read', () => this.#inode.read(into, position));
  }

  readLater(into: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const { random } = this.#disk;
      const fateOf = this.#disk.beginLater('readLater');
      const early = random.chance(0.5) ? this.#inode.read(into, position) : undefined;
      const done = (): void => {
        const fate = fateOf();
        if (fate === 'crash within' || fate === 'crash after') this.#disk.die();
        if (early !== undefined) return resolve(early);
        if (!this.#isClosed) return resolve(this.#inode.read(into, position));
        // Its descriptor may be another file's by now.
        if (random.chance(0.5)) return reject(diskError('EBADF', 'read'));
        resolve(random.pick([...this.#disk.files.values()])?.read(into, position) ?? 0);
      };
      this.#disk.later({ done });
    });
  }

  size(): number {
    this.#assertOpen('size');
    return this.#disk.call('size', () => this.#inode.size);
  }

  identity(): number {
    return this.#inode.number;
  }

  close(): void {
    this.#assertOpen('close');
    this.#disk.call('close', () => {
      this.#isClosed = true;
    });
  }

  #writePart(bytes: Uint8Array, position: number): void {
    try {
      this.#disk.write(this.#inode, bytes.subarray(0, this.#disk.random.below(bytes.length + 1)), position);
    } catch {
      // It is full as well.
    }
  }

  #failSync(done: (error: Error | null) => void): void {
    this.#inode.failSync(this.#disk.random);
    done(diskError('EIO', 'fdatasync'));
  }

  /** On a closed file's descriptor there may be another file. What the process does when it has crashed is nothing. */
  #assertOpen(call: Call): void {
    if (!this.#isClosed || this.#disk.isDead) return;
    this.#disk.offences.push(`${call} on ${this.#name}, which is closed`);
    throw diskError('EBADF', call);
  }
}
