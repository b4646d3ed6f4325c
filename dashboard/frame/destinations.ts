import type { Overview } from '../../server/http/schemas/server.ts';
import type { IconName } from '../icons/icons.ts';
import type { Texts } from '../language/language.ts';

export interface Destination {
  readonly path: string;
  readonly icon: IconName;
  /** Its title among the texts of the frame. */
  readonly name: keyof Texts['frame']['titles'];
  /** What its link counts. */
  readonly count?: (overview: Overview) => number;
  readonly isBad?: boolean;
  /** Behind `g`, the key that leads there. */
  readonly letter?: string;
  /** On a phone it is behind "More". */
  readonly isMore?: boolean;
}

/** Where the rail leads, in its order. */
export const DESTINATIONS: readonly Destination[] = [
  { path: '/', letter: 'o', icon: 'layoutDashboard', name: 'overview' },
  {
    path: '/queues',
    letter: 'q',
    icon: 'layers',
    name: 'queues',
    count: ({ queues }) => queues,
  },
  {
    path: '/failed',
    letter: 'f',
    icon: 'circleX',
    name: 'failed',
    count: ({ failed }) => failed,
    isBad: true,
  },
  {
    path: '/running',
    letter: 'r',
    icon: 'play',
    name: 'running',
    count: ({ reserved }) => reserved,
  },
  {
    path: '/workers',
    letter: 'w',
    icon: 'cpu',
    name: 'workers',
    count: ({ workers }) => workers,
  },
  { path: '/schedule', letter: 's', isMore: true, icon: 'calendar', name: 'schedule' },
  { path: '/search', isMore: true, icon: 'search', name: 'search' },
  { path: '/settings', letter: ',', isMore: true, icon: 'settings', name: 'settings' },
];

/** Whether this page, or one below it, is shown at a path. */
export function isAt(destination: string, path: string): boolean {
  return destination === '/' ? path === '/' : path === destination || path.startsWith(`${destination}/`);
}
