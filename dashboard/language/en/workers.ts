import { counted } from './common.ts';

export const workers = {
  title: 'Workers',
  lead: (processes: number, busy: number, slots: number) =>
    `${counted(processes, 'process', 'processes')}${slots === 0 ? '' : `, ${busy} of ${slots} slots busy`}`,
  processes: 'Processes',
  process: 'Process',
  state: 'State',
  states: {
    running: 'Running',
    quiet: 'Quiet',
    stopping: 'Stopping',
    unknown: 'Connected',
    told: 'Told so',
    gone: 'Gone',
  },
  queues: 'Queues',
  busy: 'Busy',
  memory: 'Memory',
  cpu: 'CPU',
  up: 'Up for',
  actions: 'Actions',
  allOthers: 'all others',
  quiet: 'Quiet',
  quietTitle: (name: string) => `Have ${name} take no more jobs?`,
  quietText: (busy: number) =>
    `${busy === 0 ? 'It runs nothing now.' : `It goes on with the ${counted(busy, 'job', 'jobs')} that it runs.`} Only a new start has it take jobs again.`,
  stop: 'Stop',
  quieted: (name: string) => `${name} takes no more jobs`,
  stopped: (name: string) => `${name} was told to stop`,
  stopTitle: (name: string) => `Stop ${name}?`,
  stopText: (busy: number) =>
    busy === 0
      ? 'It runs nothing now, and ends at once.'
      : `It runs ${counted(busy, 'job', 'jobs')}. It takes no others, and ends when these have ended.`,
  isGone: 'It is not connected any more.',
  isQuiet: 'It takes no jobs already.',
  isStopping: 'It was told to stop already.',
  unknownWorker: 'There is no such worker now. It may have ended.',
  facts: {
    program: 'Program',
    role: 'Role',
    id: 'Id',
    started: 'Started',
    seen: 'Last seen',
    connections: 'Connections',
  },
  jobs: 'What it runs',
  noJobs: 'It runs nothing now.',
  jobsNotShown: 'Its jobs are not among the 50 that have run for longest of all.',
  none: 'No worker is connected',
  noneText: 'A worker takes jobs from a queue and runs them. Beside your config.ini:',
};
