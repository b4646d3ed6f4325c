const count = (n: number): string => n.toLocaleString('en');

/** `1 job`, `1,904 jobs`. */
export function counted(n: number, one: string, many: string): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export const common = {
  states: {
    ready: 'Waiting',
    delayed: 'Delayed',
    reserved: 'Running',
    failed: 'Failed',
    ended: 'Ended',
    paused: 'Paused',
    cancelled: 'Cancelled',
    complete: 'Complete',
    disabled: 'Disabled',
  },
  messages: (n: number) => counted(n, 'message', 'messages'),
  jobs: (n: number) => counted(n, 'job', 'jobs'),
  queue: 'Queue',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  retry: 'Retry',
  discard: 'Discard',
  loading: 'Loading',
  none: 'None',
  more: 'Next page',
  first: 'First page',
  shown: (n: number) => `${count(n)} shown`,
  tryAgain: 'Try again',
  typeName: (name: string) => `Type ${name} to confirm`,
  notAllowed: (role: string) => `This takes the role ${role}.`,
  readOnly: 'The server is read-only.',
  problems: {
    unreachable: 'The server cannot be reached.',
    unauthorized: 'You are not logged in any more. Load the page again.',
    'not-found': 'It is gone, or never was there.',
    cursor: 'This place in the list is not there any more.',
    changed: 'Meanwhile there are more or fewer than you were shown. Look again, then repeat it.',
  } as Readonly<Record<string, string>>,
  utc: 'UTC',
  allQueues: 'All queues',
  select: 'Select',
  selectAllShown: 'Select all that are shown',
  selectOne: (what: string) => `Select ${what}`,
  selected: (n: number) => `${count(n)} selected`,
  clearSelection: 'Clear',
  emptyBody: 'Empty',
  bytesBody: 'Bytes, no text:',
  queueHint: 'Those that there are are suggested.',
  newQueue: 'There is no queue of this name: it will be created.',
  firstJob: {
    shell: 'Shell',
    php: 'PHP',
    node: 'Node.js',
  },
  selection: 'What is selected',
  selectedMatching: (n: number) => `All ${count(n)} that match are selected`,
  selectMatching: (n: number) => `Select all ${count(n)} that match`,
};
