import fc from 'fast-check';
import type { SimulatedTab } from './simulated-browser.ts';
import type { Mode } from './simulated-server.ts';
import { TOPICS, type World } from './world.ts';

const step = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('show', 'unshow', 'hide', 'see', 'change') },
    { weight: 3, arbitrary: fc.constantFrom('crash', 'freeze', 'thaw', 'retry') },
    { weight: 3, arbitrary: fc.constantFrom('open', 'mode', 'show-all') },
  ),
  tab: fc.nat(6),
  topic: fc.nat(TOPICS.length - 1),
  mode: fc.constantFrom<Mode>('ok', 'ok', 'down', 'starting', 'silent', 'no-streams', 'denied'),
  waitMs: fc.oneof(fc.nat(300), fc.nat(8000)),
});
export const steps = fc.array(step, { maxLength: 40, size: 'max' });
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export async function run(
  world: World,
  { what, tab: index, topic: number, mode, waitMs }: Step,
): Promise<void> {
  const tabs = world.browser.tabs.filter((tab) => !tab.isCrashed);
  const tab = tabs[index % tabs.length];
  const topic = TOPICS[number] as string;
  if (what === 'open') world.open(topic);
  else if (what === 'mode') world.server.setMode(mode);
  else if (what === 'change') world.change(topic);
  else if (what === 'thaw') tab?.thaw();
  else if (what === 'crash') tab?.crash();
  else if (tab !== undefined && !tab.isFrozen) act(tab, what, topic);
  await world.time.pass(waitMs);
}

function act(tab: SimulatedTab, what: Step['what'], topic: string): void {
  if (what === 'show') tab.show(topic);
  else if (what === 'show-all') for (const each of TOPICS) tab.show(each);
  else if (what === 'unshow') tab.unshow(topic);
  else if (what === 'hide') tab.setVisible(false);
  else if (what === 'see') tab.setVisible(true);
  else if (what === 'freeze') tab.freeze();
  else tab.live.retryNow();
}
