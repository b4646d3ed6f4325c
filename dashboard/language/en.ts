import { actions } from './en/actions.ts';
import { charts } from './en/charts.ts';
import { common } from './en/common.ts';
import { frame } from './en/frame.ts';
import { overview } from './en/overview.ts';

/** What is said on every page, and on the first. */
export const core = { actions, charts, common, frame, overview };

/** What is said elsewhere: loaded when somebody goes there. */
export const parts = {
  palette: async () => (await import('./en/palette.ts')).palette,
  queues: async () => (await import('./en/queues.ts')).queues,
  queue: async () => (await import('./en/queue.ts')).queue,
  message: async () => (await import('./en/message.ts')).message,
  failed: async () => (await import('./en/failed.ts')).failed,
  running: async () => (await import('./en/running.ts')).running,
  workers: async () => (await import('./en/workers.ts')).workers,
  schedule: async () => (await import('./en/schedule.ts')).schedule,
  search: async () => (await import('./en/search.ts')).search,
  settings: async () => (await import('./en/settings.ts')).settings,
};

export type PartName = keyof typeof parts;
type PartTexts = { [Name in PartName]: Awaited<ReturnType<(typeof parts)[Name]>> };

/** All that the pages say. The other languages have the same shape: a text that is missing there is a type error. */
export type Texts = typeof core & PartTexts;

/** A language. */
export interface TextSource {
  readonly core: typeof core;
  readonly parts: { readonly [Name in PartName]: () => Promise<PartTexts[Name]> };
}
