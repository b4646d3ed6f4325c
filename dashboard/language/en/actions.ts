import { counted } from './common.ts';

const messages = (n: number): string => counted(n, 'message', 'messages');
const all = (n: number): string => n.toLocaleString('en');
const of = (queue: string | undefined): string => (queue === undefined ? '' : ` of ${queue}`);

export const actions = {
  tray: 'What you have begun',
  stop: 'Stop',
  progress: (done: string, total: string) => `${done} of ${total}`,
  done: (done: string) => `${done} done`,
  doneSkipped: (done: string, skipped: string) => `${done} done, ${skipped} left as they were`,
  pauseQueue: (name: string) => `Pause ${name}`,
  resumeQueue: (name: string) => `Resume ${name}`,
  move: {
    to: 'To the queue',
    same: 'They are in this queue already.',
    missing: 'Name a queue first.',
    confirm: 'Move',
    titleTo: (n: number, to: string) => `Move ${messages(n)} to ${to}`,
  },
  asked: (title: string) => `${title}?`,
  interrupted:
    'The server was started anew meanwhile. What was done by then stays done: look again, then repeat it.',
  nothingThere: 'There is none any more.',
  verbs: {
    retry: {
      short: 'Retry',
      title: (n: number, queue?: string) => `Retry ${messages(n)}${of(queue)}`,
    },
    later: {
      short: 'Retry later',
      title: (n: number, queue?: string) => `Retry ${messages(n)}${of(queue)} later`,
    },
    run: {
      short: 'Run now',
      title: (n: number, queue?: string) => `Run ${messages(n)}${of(queue)} now`,
      text: (n: number) => `${messages(n)} will not wait any longer for ${n === 1 ? 'its' : 'their'} time.`,
      confirm: (n: number) => `Run ${all(n)} now`,
    },
    discard: {
      short: 'Discard',
      title: (n: number, queue?: string) => `Discard ${messages(n)}${of(queue)}`,
      text: (n: number) =>
        `${messages(n)} will be gone for good, with ${n === 1 ? 'its payload' : 'their payloads'}. This cannot be undone.`,
      confirm: (n: number) => `Discard ${all(n)}`,
    },
    cancel: {
      short: 'Cancel',
      title: (n: number, queue?: string) => `Cancel ${counted(n, 'running job', 'running jobs')}${of(queue)}`,
      text: (n: number): string =>
        n === 1
          ? 'Its worker is told to stop it. What it has done so far stays done, and it is not tried again.'
          : 'Their workers are told to stop them. What they have done so far stays done, and they are not tried again.',
      confirm: (n: number) => `Cancel ${counted(n, 'job', 'jobs')}`,
    },
    move: {
      short: 'Move',
      title: (n: number, queue?: string) => `Move ${messages(n)}${of(queue)}`,
      text: (n: number) => `${messages(n)} will wait in another queue.`,
    },
  },
  retry: {
    title: (n: number) => `Retry ${messages(n)}?`,
    text: (n: number) =>
      `${messages(n)} ${n === 1 ? 'goes back into its queue and begins' : 'go back into their queue and begin'} anew, with no attempt counted.`,
    confirm: (n: number) => `Retry ${all(n)}`,
    when: 'When',
    whenNow: 'Now',
    inTime: (time: string) => `In ${time}`,
    whenOther: 'After another time',
    after: 'After',
    afterHint: 'Seconds, or with a unit: 90, 5m, 2h, 1d',
    afterError: 'This is no time: write 90, 5m, 2h or 1d.',
    spread: 'Spread over',
    spreadNone: 'All at once',
    overTime: (time: string) => time,
    spreadHint: (rate: string) => `About ${rate}, so that what they failed of is not overrun.`,
  },
};
