import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Block } from '../helpers/pages.ts';
import { asShown, asShownFirst, type Step, seenOnTerminal } from './shown.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What pages have, wherever the test's server listens. */
const PAGE_PORT = '22201';
/** For machines that have none. */
const NC = `#!/usr/bin/env node
const [host, port] = process.argv.slice(2);
const socket = require('node:net').connect(Number(port), host);
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** A program that stays until it is stopped. */
interface Running {
  /** All that it has shown, once it has ended. */
  stop(signal: NodeJS.Signals): Promise<string>;
}

/**
 * Somebody who does what a page says, on a terminal, in a folder that is empty but for memq, which is installed. Made in
 * a test, at whose end all that runs is stopped.
 */
export class Newcomer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'memq-newcomer-'));
  /** Programs, and the files with the ids of processes. */
  readonly #tools = mkdtempSync(join(tmpdir(), 'memq-tools-'));
  readonly #hasTerminal = spawnSync('script', ['--version']).error === undefined;
  #port = PAGE_PORT;
  #count = 0;

  constructor() {
    onTestFinished(() => {
      for (const path of [this.#directory, this.#tools]) rmSync(path, { recursive: true });
    });
    mkdirSync(join(this.#directory, 'node_modules'));
    symlinkSync(ROOT, join(this.#directory, 'node_modules/memq'));
    for (const [name, folder] of [
      ['memq-server', 'server'],
      ['memq-consume', 'consumer'],
    ] as const)
      symlinkSync(join(ROOT, 'dist', folder, 'main.js'), join(this.#tools, name));
    mkdirSync(join(this.#tools, 'last'));
    writeFileSync(join(this.#tools, 'last/nc'), NC, { mode: 0o755 });
    if (!this.#hasTerminal) console.warn('no pseudo terminal: script is not installed');
  }

  read(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8');
  }

  /** Writes a file; with `a` behind what it has. */
  write(name: string, text: string, flag: 'w' | 'a' = 'w'): void {
    writeFileSync(join(this.#directory, name), this.#here(text), { flag });
  }

  /** Writes the file that a block is: its first line names it in a comment. */
  writeBlock({ text }: Block): void {
    const [, name] = /^(?:<\?php )?(?:\/\/|#|;) (\S+)\n/.exec(text)!;
    this.write(name!, text);
  }

  /** Runs a command to its end, and looks whether it shows what the page says. */
  async run(step: Step): Promise<void> {
    const child = this.#spawn(step.command);
    const text = await collect(child);
    // Without a terminal memq's programs say something else, or nothing.
    if (!this.#hasTerminal && step.command.startsWith('npx')) return;
    expect(seenOnTerminal(text)).toMatch(asShown(this.#here(step.shown)));
  }

  /** Starts a program that stays, and waits until it has shown what the page says. */
  async start(step: Step): Promise<Running> {
    const pidFile = join(this.#tools, `${this.#count++}.pid`);
    const isServer = step.command.includes('memq-server');
    const child = this.#spawn(`echo $$ >${pidFile}; exec ${step.command}${isServer ? ' --port 0' : ''}`);
    let hasEnded = false;
    const ended = once(child, 'close').then(() => {
      hasEnded = true;
    });
    const kill = (signal: NodeJS.Signals) =>
      hasEnded || process.kill(Number(readFileSync(pidFile, 'utf8')), signal);
    onTestFinished(async () => {
      kill('SIGKILL');
      await ended;
    });
    let seen = '';
    const isReady = () => {
      if (isServer) this.#port = /port"?: ?(\d+)/.exec(seen)?.[1] ?? PAGE_PORT;
      return (this.#hasTerminal ? asShownFirst(this.#here(step.shown)) : /"port":|ready/).test(seen);
    };
    await new Promise<void>((resolve, reject) => {
      collect(child, (text) => {
        seen = seenOnTerminal(text);
        if (isReady()) resolve();
      });
      ended.then(() => reject(new Error(`${step.command} has ended: ${seen}`)));
    });
    return {
      stop: async (signal) => {
        kill(signal);
        await ended;
        return seen;
      },
    };
  }

  #spawn(command: string): ChildProcess {
    const line = this.#here(command).replaceAll('npx ', '');
    const [program, ...args] = this.#hasTerminal
      ? (['script', '-qefc', line, '/dev/null'] as const)
      : (['sh', '-c', `exec 2>&1; ${line}`] as const);
    const path = `${this.#tools}:${process.env.PATH}:${join(this.#tools, 'last')}`;
    const env = { ...process.env, PATH: path, SHELL: '/bin/sh' };
    return spawn(program, args, { cwd: this.#directory, env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  #here(text: string): string {
    return text.replaceAll(PAGE_PORT, this.#port);
  }
}

/** What a program writes, once it has ended; `onMore` gets what there is so far each time. */
async function collect(child: ChildProcess, onMore: (text: string) => void = () => {}): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    onMore(text);
  });
  await once(child, 'close');
  return text;
}
