import type { TextSource } from './en.ts';
import { actions } from './zh-CN/actions.ts';
import { charts } from './zh-CN/charts.ts';
import { common } from './zh-CN/common.ts';
import { frame } from './zh-CN/frame.ts';
import { overview } from './zh-CN/overview.ts';

const core = { actions, charts, common, frame, overview };

const parts = {
  palette: async () => (await import('./zh-CN/palette.ts')).palette,
  queues: async () => (await import('./zh-CN/queues.ts')).queues,
  queue: async () => (await import('./zh-CN/queue.ts')).queue,
  message: async () => (await import('./zh-CN/message.ts')).message,
  failed: async () => (await import('./zh-CN/failed.ts')).failed,
  running: async () => (await import('./zh-CN/running.ts')).running,
  workers: async () => (await import('./zh-CN/workers.ts')).workers,
  schedule: async () => (await import('./zh-CN/schedule.ts')).schedule,
  search: async () => (await import('./zh-CN/search.ts')).search,
  settings: async () => (await import('./zh-CN/settings.ts')).settings,
};

/** Simplified Chinese. */
export const zhCN: TextSource = { core, parts };
