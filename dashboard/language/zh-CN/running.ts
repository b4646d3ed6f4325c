import type { Texts } from '../en.ts';

const count = (n: number): string => n.toLocaleString('zh-CN');

export const running: Texts['running'] = {
  title: '运行中',
  lead: (jobs, workers) => `${count(jobs)} 个任务正在运行，${count(workers)} 个工作进程已连接`,
  caption: '正在运行的任务，最早开始的在前',
  job: '任务',
  since: '已运行',
  progress: '进度',
  worker: '工作进程',
  lease: '租约到期',
  open: '随连接',
  openTitle: '只要持有者的连接还在，就一直由它持有',
  attempt: '第几次',
  actions: '操作',
  usually: '通常不超过',
  cancelled: '已取消，仍被持有',
  cancelledTitle: '任务已取消。已通知工作进程停止，在它停止或租约到期之前仍由它持有。',
  isCancelled: '它已经取消了。',
  cancelJob: '取消',
  cancelAll: '取消该队列的全部任务',
  cancelRepeating: '重复执行的任务也不再重复。',
  none: '当前没有任务在运行',
  noneHere: '该队列当前没有任务在运行',
  showAll: '显示所有队列',
  noWorkers: '没有工作进程连接。在 config.ini 所在目录这样启动：',
  workersWait: (n) => `${count(n)} 个工作进程正在等待任务。`,
  toWorkers: '查看工作进程',
};
