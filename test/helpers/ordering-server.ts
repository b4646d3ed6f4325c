import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type Order, Orders } from '../../server/commands/orders.ts';
import { Workers } from '../../server/commands/workers.ts';
import { readConfig } from '../../server/config/config.ts';
import { Server } from '../../server/server.ts';
import { createLogger } from '../../shared/logger.ts';
import { Connection } from '../../shared/memcache.ts';
import type { Workplace } from './workplace.ts';

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

/** A server in this process for what runs in a workplace, which is given orders by `post` once it waits for them, and obeys. */
export async function giveOrders(workplace: Workplace, settings: Readonly<Record<string, string>> = {}) {
  const listen = vi.spyOn(Orders.prototype, 'listen');
  const post = vi.spyOn(Orders.prototype, 'post');
  const introduced = vi.spyOn(Workers.prototype, 'introduced');
  const directory = mkdtempSync(join(tmpdir(), 'memq-orders-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'memq.sock');
  const flags = Object.entries({ memory: 'yes', 'unix-socket': path, ...settings }).map(([name, text]) => {
    return { name, text, where: `--${name}`, directory };
  });
  const server = await Server.start(await readConfig(flags, undefined), createLogger('test', 'silent'));
  const connection = new Connection({ path, timeoutMs: 60_000 });
  onTestFinished(async () => {
    connection.close();
    await server.stop();
  });
  const configure = (more: string) => workplace.configure(`queuesocket = ${path}\n${more}`);
  await configure('');
  const waits = () => listen.mock.calls.length;
  return {
    connection,
    configure,
    /** How often a worker has begun to wait. */
    waits,
    /** Resolves when the worker has obeyed, which is not to end at once. */
    async post(order: Order) {
      await vi.waitFor(() => expect(listen).toHaveBeenCalled(), PATIENCE);
      const worker = listen.mock.calls.at(-1)?.[0] as string;
      const before = waits();
      (listen.mock.contexts.at(-1) as Orders).post(worker, order);
      // It does what it was told before it waits for more.
      await vi.waitFor(() => expect(waits()).toBeGreaterThan(before), PATIENCE);
    },
    /** Those that the server knows, once there is any. */
    async workers(): Promise<Workers> {
      await vi.waitFor(() => expect(introduced).toHaveBeenCalled(), PATIENCE);
      return introduced.mock.contexts.at(-1) as Workers;
    },
    /** What the server has posted itself. */
    posted: () => post.mock.calls.map(([, order]) => order),
  };
}
