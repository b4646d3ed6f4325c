import type { TestEngine } from '../helpers/local-engine.ts';
import type { Item } from './item.ts';
import { same } from './same.ts';
import type { World } from './world.ts';

/** Failed messages are told apart by their errors as the model tells them apart, queue by queue and all together. */
export function compareFailures(world: World, { engine }: TestEngine): void {
  const failed = world.items.filter(({ state }) => state === 'failed');
  const all: string[] = [];
  for (const queue of world.queues.keys()) {
    const groups = groupsOf(failed.filter((item) => item.queue === queue));
    const expected = [...groups].map(([error, items]) => describe(queue, items.length, error)).sort();
    const actual = engine.failures.groups(queue);
    same(describeAll(actual), expected.join('\n'));
    for (const { sample, firstAt, lastAt } of actual) {
      const times = (groups.get(withoutNumbers(sample)) as Item[]).map(({ failedAt }) => failedAt);
      same(firstAt <= Math.min(...times) && Math.max(...times) <= lastAt, true, 'times of an error group');
    }
    all.push(...expected);
  }
  same(describeAll(engine.failures.groups()), all.sort().join('\n'));
}

function groupsOf(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const error = withoutNumbers(item.error);
    groups.set(error, [...(groups.get(error) ?? []), item]);
  }
  return groups;
}

function describeAll(groups: ReturnType<TestEngine['engine']['failures']['groups']>): string {
  const lines = groups.map(({ queue, count, sample }) => describe(queue, count, withoutNumbers(sample)));
  return lines.sort().join('\n');
}

function describe(queue: string, count: number, error: string): string {
  return `${queue}: ${count} x ${error}`;
}

/** None of the model's errors has more than a line. */
function withoutNumbers(error: string): string {
  return error.trim().replace(/\d+/g, '#');
}
