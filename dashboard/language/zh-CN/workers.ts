import type { Texts } from '../en.ts';

export const workers: Texts['workers'] = {
  title: '工作进程',
  lead: (processes, busy, slots) =>
    `${processes} 个进程${slots === 0 ? '' : `，${slots} 个槽位中 ${busy} 个忙碌`}`,
  processes: '进程',
  process: '进程',
  state: '状态',
  states: {
    running: '运行中',
    quiet: '不再取任务',
    stopping: '正在停止',
    unknown: '已连接',
    told: '已通知',
    gone: '已断开',
  },
  queues: '队列',
  busy: '忙碌',
  memory: '内存',
  cpu: 'CPU',
  up: '已运行',
  actions: '操作',
  allOthers: '其余所有队列',
  quiet: '静默',
  quietTitle: (name) => `让 ${name} 不再取任务？`,
  quietText: (busy) =>
    `${busy === 0 ? '它当前没有运行任务。' : `它会继续完成正在运行的 ${busy} 个任务。`}重新启动后才会再取任务。`,
  stop: '停止',
  quieted: (name) => `${name} 不再取任务`,
  stopped: (name) => `已通知 ${name} 停止`,
  stopTitle: (name) => `停止 ${name}？`,
  stopText: (busy) =>
    busy === 0
      ? '它当前没有运行任务，会立即结束。'
      : `它正在运行 ${busy} 个任务。它不会再取新任务，并在这些任务结束后退出。`,
  isGone: '它已不再连接。',
  isQuiet: '它已经不取任务了。',
  isStopping: '已经通知它停止。',
  unknownWorker: '现在没有这个工作进程，它可能已经结束。',
  facts: {
    program: '程序',
    role: '类型',
    id: '编号',
    started: '启动时间',
    seen: '最近一次出现',
    connections: '连接数',
  },
  jobs: '正在运行的任务',
  noJobs: '它当前没有运行任务。',
  jobsNotShown: '它的任务不在运行最久的前 50 个之中。',
  none: '没有已连接的工作进程',
  noneText: '工作进程从队列中取出任务并运行。在 config.ini 所在的目录中执行：',
};
