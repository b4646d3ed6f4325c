import { signal } from '@preact/signals';
import { announce } from '../components/announcer.tsx';

/** Something that was begun here, as the tray shows it. */
export interface Task {
  readonly id: number;
  readonly title: string;
  /** What it is done to, for the page that shows that; undefined where no page asks. */
  readonly about?: string | undefined;
  readonly state: 'running' | 'done' | 'failed' | 'aborted';
  /** Undefined where there is nothing to count. */
  readonly done?: number | undefined;
  readonly total?: number | undefined;
  /** Messages that were left as they are, since they were in another state by then. */
  readonly skipped?: number | undefined;
  readonly error?: string | undefined;
  readonly abort?: (() => void) | undefined;
}

/** How long the tray shows what has gone well. */
const SHOWN_MS = 6000;

export const tasks = signal<readonly Task[]>([]);
let last = 0;

export function addTask(title: string, about?: string): number {
  last++;
  tasks.value = [...tasks.peek(), { id: last, title, about, state: 'running' }];
  return last;
}

/** Tells how far it is; what has ended is said aloud as well. */
export function updateTask(id: number, news: Partial<Task>): void {
  tasks.value = tasks.peek().map((task) => (task.id === id ? { ...task, ...news } : task));
  const task = tasks.peek().find((each) => each.id === id);
  if (task === undefined || news.state === undefined || news.state === 'running') return;
  announce(task.error === undefined ? task.title : `${task.title}: ${task.error}`);
  if (news.state !== 'failed') setTimeout(() => dismissTask(id), SHOWN_MS);
}

/** What goes on with something; of several what was begun last. */
export function runningTask(about: string): Task | undefined {
  return tasks.value.findLast((task) => task.about === about && task.state === 'running');
}

export function dismissTask(id: number): void {
  tasks.value = tasks.peek().filter((task) => task.id !== id);
}
