import { on, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Foreign, foreign } from './foreign.ts';

/** A program that does with a job what its method says. */
export const PROGRAM = `#!/usr/bin/env node
const { spawn } = require('node:child_process');
const { connect } = require('node:net');
const { createInterface } = require('node:readline');

const answer = (line) => process.stdout.write(JSON.stringify(line) + '\\n');

const METHODS = {
  job: (job) => answer({ id: job.id, ok: true, result: job }),
  echo: ({ id }, ...args) => answer({ id, ok: true, result: args }),
  nameless: () => answer({ ok: true, result: 'no id' }),
  pid: ({ id }) => answer({ id, ok: true, result: process.pid }),
  says: (job, line) => console.log(line.replaceAll('ID', job.id)),
  fails: ({ id }, fields) => answer({ id, ...fields }),
  waits: ({ id }, port) => connect(port).on('data', function () {
    this.destroy();
    answer({ id, ok: true });
  }),
  holds: ({ id }, port) => connect(port).on('connect', () => answer({ id, ok: true })).unref(),
  loops: () => { for (;;); },
  startsChild: (job, port, detached) => {
    const child = spawn(process.execPath, ['-e', 'require("node:net").connect(' + port + ')'], { stdio: 'inherit', detached });
    if (detached) process.exit(4);
  },
  whispers: ({ id }) => process.stderr.write('quiet words', () => answer({ id, ok: true })),
  env: ({ id }) => answer({ id, ok: true, result: [process.env.MEMQ_CLASS, process.env.MEMQ_METHODS] }),
  long: ({ id }, length) => answer({ result: 'x'.repeat(length), ok: true, id }),
  exits: (job, code) => { console.error('last words'); process.exit(code); },
  exitsAloud: (job, lines) => process.stdout.write(lines.join('\\n'), () => process.exit(5)),
  crashes: () => process.kill(process.pid, 'SIGSEGV'),
  answersAndExits: ({ id }) => process.stdout.write(JSON.stringify({ id, ok: true }), () => process.exit()),
  floods: ({ id }, lines) => {
    for (let i = 0; i < lines; i++) console.error('line ' + i);
    answer({ id, ok: true });
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const job = JSON.parse(line);
  METHODS[job.method](job, ...job.args);
});
`;

export const METHODS = [...PROGRAM.matchAll(/^ {2}(\w+): \(/gm)].map(([, name]) => name);

/** A directory with the program, and a place where programs can be met. */
export class Meeting {
  directory = '';
  /** Where programs connect to: a connection that closes tells of a process that is gone. */
  port = 0;
  #server: Server | undefined;
  #arrivals: AsyncIterator<[Socket]> | undefined;

  /** For the tests of a file. */
  static open(): Meeting {
    const meeting = new Meeting();
    beforeAll(() => meeting.#open());
    afterAll(() => meeting.#close());
    return meeting;
  }

  /** An executor of the program. */
  readonly workers = (options: Parameters<typeof foreign>[1] = {}): Foreign =>
    foreign(['./program'], { directory: this.directory, methods: METHODS, ...options });

  /** The next connection. */
  readonly arrival = async (): Promise<Socket> => {
    const [socket] = (await this.#arrivals!.next()).value;
    return socket.on('error', () => {}).resume();
  };

  async #open(): Promise<void> {
    this.directory = mkdtempSync(join(tmpdir(), 'memq-foreign-'));
    writeFileSync(join(this.directory, 'program'), PROGRAM, { mode: 0o755 });
    this.#server = createServer().listen(0, '127.0.0.1');
    this.#arrivals = on(this.#server, 'connection') as AsyncIterator<[Socket]>;
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as { port: number }).port;
  }

  #close(): void {
    this.#server?.close();
    rmSync(this.directory, { recursive: true });
  }
}
