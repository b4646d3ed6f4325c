import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';
import { SERVER_BINARY } from './server.ts';

const NODE = JSON.stringify(process.execPath);

/** As OpenBSD's `nc -N HOST PORT` and `nc -NU PATH`, for machines that have none. */
const NC = `#!${process.execPath}
const [flags, ...where] = process.argv.slice(2);
const socket = require('node:net').connect(flags === '-NU' ? { path: where[0] } : { host: where[0], port: where[1] });
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** A directory in which what a page shows is run against a server of the test's own. */
export class PageRunner {
  readonly directory: string;
  readonly #server: TestServer;
  readonly #path: string;

  /** `hasNc`: the system's own is used. */
  constructor(server: TestServer, hasNc = false) {
    this.#server = server;
    this.directory = mkdtempSync(join(tmpdir(), 'memq-page-'));
    onTestFinished(() => rmSync(this.directory, { recursive: true }));
    const programs = join(this.directory, 'bin');
    mkdirSync(programs);
    const write = (name: string, text: string) => {
      writeFileSync(join(programs, name), text);
      chmodSync(join(programs, name), 0o755);
    };
    write('memq-server', `#!/bin/sh\nexec ${NODE} ${JSON.stringify(SERVER_BINARY)} "$@"\n`);
    if (!hasNc) write('nc', NC);
    this.#path = `${programs}:${process.env.PATH}`;
  }

  /** What a page says, with the port and the directories that there are here. */
  localized(text: string): string {
    return text
      .replaceAll('22201', String(this.#server.port))
      .replaceAll('http://127.0.0.1:22202', this.#server.url)
      .replaceAll('/var/lib/memq', this.#server.dataDir)
      .replaceAll('/tmp/look', join(this.directory, 'look'));
  }

  /** Runs a program with what it is to read; all that it prints. It has to end with 0, and to have nothing to complain of. */
  async run(command: string, args: readonly string[], input = ''): Promise<string> {
    const env = { ...process.env, PATH: this.#path };
    const child = spawn(command, args, { cwd: this.directory, env, stdio: 'pipe' });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.replaceAll('\r', '');
  }

  shell(script: string): Promise<string> {
    return this.run('/bin/sh', ['-c', this.localized(script)]);
  }

  /** Runs the commands of a `console` block, each of which has to print what stands behind it. */
  async converse(text: string): Promise<void> {
    for (const part of text.split(/^\$ /m).slice(1)) {
      const end = part.indexOf('\n');
      expectText(await this.shell(part.slice(0, end)), part.slice(end + 1));
    }
  }
}

/** Compares what was printed with what a page shows: `…` is anything, alone on its line any lines. */
export function expectText(actual: string, expected: string): void {
  const quoted = expected.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = quoted.replace(/^…\n/gm, '(?:.*\\n)*').replaceAll('…', '.+');
  if (!new RegExp(`^${pattern}$`).test(actual)) expect(actual).toBe(expected);
}
