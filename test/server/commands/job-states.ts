import { expect } from 'vitest';
import type { ServerFixtures } from '../../fixtures/server.ts';
import type { TextClient } from '../../helpers/text-client.ts';

/** Stores with any verb; the answer. */
export function store(
  client: TextClient,
  verb: string,
  key: string,
  body: string,
): Promise<string | undefined> {
  return client.ask(`${verb} ${key} 0 0 ${body.length}\r\n${body}`);
}

type Clients = Pick<ServerFixtures, 'client' | 'worker'>;

/** What the states of a job are made by: it is `k` of `q`, and `worker` is who reads. */
export const REACH: Record<string, (clients: Clients) => Promise<void>> = {
  waiting: async ({ client }) => {
    await store(client, 'set', 'q/id=k', 'first');
  },
  delayed: async ({ client }) => {
    await store(client, 'set', 'q/id=k/delay=1000', 'first');
  },
  running: async (clients) => {
    await REACH.waiting(clients);
    expect(await clients.worker.getText('q/open')).toBe('first');
  },
  leased: async (clients) => {
    await REACH.waiting(clients);
    expect(await clients.worker.exchange('gats 1000 q\r\n')).toMatch(/first/);
  },
  complete: async (clients) => {
    await REACH.running(clients);
    await clients.worker.set('q/close', 'result');
  },
  failed: async (clients) => {
    await REACH.running(clients);
    await clients.worker.set('q/fail/final', 'why');
  },
};

/** Those in which a job is still to end. */
export const LIVE = ['waiting', 'delayed', 'running', 'leased'];

export async function stateOf(client: TextClient, key = 'q/id=k'): Promise<string | undefined> {
  return (await client.getStatus(key))?.state;
}

/** All that `q` has: what waits, and what failed. */
export async function contents(client: TextClient): Promise<{ waiting: string[]; failed: string[] }> {
  const take = async (key: string) => {
    const bodies: string[] = [];
    for (let body = await client.getText(key); body !== undefined; body = await client.getText(key))
      bodies.push(body);
    return bodies;
  };
  return { waiting: await take('q'), failed: await take('q/failed') };
}
