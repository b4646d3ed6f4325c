import { IGNORED } from '../../server/engine/api.ts';
import { type Census, messagesOf, outlineOf } from './census.ts';
import type { Client } from './client.ts';
import type { SimulatedDisk } from './disk.ts';
import { EngineSubject } from './engine-census.ts';
import { ask } from './engine-side.ts';
import { Machine, type Settings, Violation } from './machine.ts';
import type { Run } from './run.ts';

export type Censuses = ReadonlyMap<Client, Census>;

/** What a server would have that starts on a disk now. The disk is not to be used any more. */
export async function lookAt(disk: SimulatedDisk, settings: Settings, run: Run): Promise<Censuses> {
  disk.capacity = Number.POSITIVE_INFINITY;
  const machine = new Machine(disk, { now: run.clock.now });
  if (!(await machine.start(settings))) throw new Violation(`it does not start: ${machine.problem?.stack}`);
  if (machine.tornBytes > 0) run.coverage.note('torn tails with something behind the tear');
  ask(machine.engine, { type: 'schedule', lines: run.traits.lines }, IGNORED);
  await machine.rest();
  return takeAll(machine, run);
}

/** Takes out everything that a server has. */
export async function takeAll(machine: Machine, { clients, traits }: Run): Promise<Censuses> {
  const queues = clients.flatMap((client) => client.queues);
  const subject = new EngineSubject(machine, queues, traits.getsFull);
  const outlines = new Map<Client, Census['outline']>();
  for (const client of clients) outlines.set(client, await outlineOf(subject, client.queues));
  const all = await messagesOf(subject, queues);
  return new Map(
    clients.map((client) => {
      const messages = all.filter(({ queue }) => client.queues.includes(queue));
      const outline = outlines.get(client) as Census['outline'];
      return [client, { outline, messages, freshFrom: machine.firstId }];
    }),
  );
}
