import type { Texts } from '../en.ts';

const all = (n: number): string => n.toLocaleString('zh-CN');
const messages = (n: number): string => `${all(n)} 条消息`;
const of = (queue: string | undefined): string => (queue === undefined ? '' : ` ${queue} 的`);

export const actions: Texts['actions'] = {
  tray: '您发起的操作',
  stop: '停止',
  progress: (done, total) => `${done} / ${total}`,
  done: (done) => `已处理 ${done} 条`,
  doneSkipped: (done, skipped) => `已处理 ${done} 条，${skipped} 条保持不变`,
  pauseQueue: (name) => `暂停 ${name}`,
  resumeQueue: (name) => `恢复 ${name}`,
  move: {
    to: '目标队列',
    same: '消息已在该队列中。',
    missing: '请先填写队列名。',
    confirm: '移动',
    titleTo: (n, to) => `将 ${messages(n)}移动到 ${to}`,
  },
  asked: (title) => `${title}？`,
  interrupted: '服务器中途重启，已处理的部分仍然有效。请重新查看后再试。',
  nothingThere: '已经没有这样的消息了。',
  verbs: {
    retry: { short: '重试', title: (n, queue) => `重试${of(queue)} ${messages(n)}` },
    later: { short: '稍后重试', title: (n, queue) => `稍后重试${of(queue)} ${messages(n)}` },
    run: {
      short: '立即运行',
      title: (n, queue) => `立即运行${of(queue)} ${messages(n)}`,
      text: (n) => `${messages(n)}将不再等待预定时间。`,
      confirm: (n) => `立即运行 ${all(n)} 条`,
    },
    discard: {
      short: '丢弃',
      title: (n, queue) => `丢弃${of(queue)} ${messages(n)}`,
      text: (n) => `${messages(n)}及其内容将被永久删除，无法恢复。`,
      confirm: (n) => `丢弃 ${all(n)} 条`,
    },
    cancel: {
      short: '取消任务',
      title: (n, queue) => `取消${of(queue)} ${all(n)} 个正在运行的任务`,
      text: () => '将通知工作进程停止执行。已经做完的部分不会撤销，任务也不会再重试。',
      confirm: (n) => `取消 ${all(n)} 个任务`,
    },
    move: {
      short: '移动',
      title: (n, queue) => `移动${of(queue)} ${messages(n)}`,
      text: (n) => `${messages(n)}将移到另一个队列中等待。`,
    },
  },
  retry: {
    title: (n) => `重试 ${messages(n)}？`,
    text: (n) => `${messages(n)}会回到原队列重新开始，尝试次数清零。`,
    confirm: (n) => `重试 ${all(n)} 条`,
    when: '时间',
    whenNow: '立即',
    inTime: (time) => `${time}后`,
    whenOther: '自定义时间',
    after: '延后',
    afterHint: '秒数，或带单位：90、5m、2h、1d',
    afterError: '无法识别的时间，请输入 90、5m、2h 或 1d。',
    spread: '分散到',
    spreadNone: '全部同时',
    overTime: (time) => `${time}内`,
    spreadHint: (rate) => `约 ${rate}，避免再次压垮下游。`,
  },
};
