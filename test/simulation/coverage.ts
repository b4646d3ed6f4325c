import type { World } from '../model/world.ts';
import type { Phase } from './plan.ts';

/** What some dozens of runs come upon, each of it several times. */
const USUAL = [
  'bytes moved',
  'call: rename',
  'dead letters',
  'files cut, after a crash',
  'files lost, after a clean stop',
  'files lost, after a crash',
  'leases that were over',
  'messages that expired',
  'messages that their group held back',
  'power cuts with names that were not synced',
  'power cuts with sectors that were not synced',
  'processes that ended',
  'repeats',
  'segments freed',
  'starts that a failing disk refused',
  'torn tails with something behind the tear',
];
/** What it takes hundreds for, and thousands to rely on it. */
const RARE = [
  'deaths in a row',
  'files as it was earlier, after a clean stop',
  'failed: sync',
  'failed: syncNow',
  'failed: write',
  'messages that were dropped for others',
  'failed messages that were not kept',
  'refused by a disk in trouble',
  'refused by a full disk',
];
const MANY_RUNS = 5000;
/** Crashes while the engine closes are rarer. */
const PHASES: readonly Phase[] = ['first start', 'start', 'running'];

/** What the runs have come upon. Runs that never see a thing prove nothing about it. */
export class Coverage {
  /** By what it is. */
  readonly counts = new Map<string, number>();
  /** Crashes, by phase, call, and how far it was. */
  readonly places = new Map<string, number>();

  note(what: string, count = 1): void {
    if (count !== 0) this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  notePlace(place: string): void {
    this.places.set(place, (this.places.get(place) ?? 0) + 1);
  }

  /** What has happened to messages between two worlds of a client. */
  noteLife(before: World, after: World): void {
    const known = new Map(before.items.map((item) => [item.number, item]));
    for (const { number, queue, error, rhythm, state, due, diedSilently, group } of after.items) {
      const was = known.get(number);
      if (was === undefined) continue;
      if (queue !== was.queue && error !== was.error) this.note('dead letters');
      if (diedSilently && state === 'delayed' && was.state === 'reserved') this.note('deaths in a row');
      if (rhythm !== undefined && state === 'delayed' && was.state !== 'delayed' && due > was.due)
        this.note('repeats');
      if (state === 'ready' && !after.mayGoOn(queue, group)) this.note('messages that their group held back');
    }
  }

  /** What so many runs should have come upon, and have not. */
  missing(runs: number): string[] {
    const wanted = runs < MANY_RUNS ? USUAL : [...USUAL, ...RARE];
    const places = [...this.places.keys()];
    const phases = PHASES.filter((phase) => !places.some((place) => place.startsWith(`${phase}: `)));
    return [...wanted.filter((what) => !this.counts.has(what)), ...phases];
  }

  add(other: {
    readonly counts: Iterable<[string, number]>;
    readonly places: Iterable<[string, number]>;
  }): void {
    for (const [what, count] of other.counts) this.note(what, count);
    for (const [place, count] of other.places) this.places.set(place, (this.places.get(place) ?? 0) + count);
  }

  get crashes(): number {
    let total = 0;
    for (const count of this.places.values()) total += count;
    return total;
  }

  report(): string {
    const list = (counts: ReadonlyMap<string, number>) =>
      [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `  ${what}: ${count}`);
    const title = `${this.crashes} crash points, in ${this.places.size} distinct places`;
    return [title, ...list(this.places), 'came upon', ...list(this.counts)].join('\n');
  }
}
