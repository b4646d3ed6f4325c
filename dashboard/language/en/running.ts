import { counted } from './common.ts';

export const running = {
  title: 'Running',
  lead: (jobs: number, workers: number) =>
    `${counted(jobs, 'job runs', 'jobs run')}, ${counted(workers, 'worker is', 'workers are')} connected`,
  caption: 'What runs, the one that began first at first',
  job: 'Job',
  since: 'Runs for',
  progress: 'Progress',
  worker: 'Worker',
  lease: 'Lease until',
  open: 'Connected',
  openTitle: 'It is held as long as the connection of its holder',
  attempt: 'Attempt',
  actions: 'Actions',
  usually: 'Usually up to',
  cancelled: 'Cancelled, still held',
  cancelledTitle:
    'It was cancelled. Its worker was told to stop it, and keeps it until it has stopped or its lease is over.',
  isCancelled: 'It is cancelled already.',
  cancelJob: 'Cancel',
  cancelAll: 'Cancel all of this queue',
  cancelRepeating: 'What repeats does so no more.',
  none: 'Nothing runs now',
  noneHere: 'Nothing runs of this queue now',
  showAll: 'Show all queues',
  noWorkers: 'No worker is connected. One is started like this, beside its config.ini:',
  workersWait: (n: number) => `${counted(n, 'worker waits', 'workers wait')} for jobs.`,
  toWorkers: 'To the workers',
};
