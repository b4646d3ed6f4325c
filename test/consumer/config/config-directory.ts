import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readConfig } from '../../../consumer/config/configuration.ts';

/** A directory with files of classes, in which config.ini is written and read. */
export class ConfigDirectory {
  readonly path: string;
  readonly file: string;

  static async make(): Promise<ConfigDirectory> {
    const path = await mkdtemp(join(tmpdir(), 'memq-config-'));
    await mkdir(join(path, 'lib'));
    for (const name of ['Worker.js', 'mail.mjs', 'lib/jobs.mjs']) await writeFile(join(path, name), '');
    return new ConfigDirectory(path);
  }

  private constructor(path: string) {
    this.path = path;
    this.file = join(path, 'config.ini');
  }

  async read(text: string | Buffer) {
    await writeFile(this.file, text);
    return readConfig(this.file);
  }

  /** The only binding. */
  async readOne(text: string) {
    const { bindings } = await this.read(text);
    expect(bindings).toHaveLength(1);
    return bindings[0];
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
