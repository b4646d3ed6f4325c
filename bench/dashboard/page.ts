/** What one page of the dashboard asks the server for, again and again, while it is seen. Paths are below `/api/v1`. */
export interface Page {
  /** Followed by a stream, as `dashboard/live` does it. */
  readonly topics: readonly string[];
  readonly polls: readonly Polled[];
}

/** Asked for again so long after each answer. */
export interface Polled {
  readonly path: string;
  readonly periodMs: number;
}

/** Of the frame around all pages. */
const FRAME = ['overview'];
const SECONDS = 'window=2m';

const overview: Page = {
  topics: FRAME,
  polls: [
    { path: `/history?${SECONDS}&series=done,failed,depth,oldest_age`, periodMs: 2000 },
    { path: `/history?${SECONDS}&series=enqueued,done,failed`, periodMs: 2000 },
    { path: '/running?limit=1', periodMs: 5000 },
  ],
};

function queues(sort: string): Page {
  return {
    topics: FRAME,
    polls: [{ path: `/queues?sort=${sort}&limit=50&with=recent`, periodMs: 4000 }],
  };
}

function queue(name: string): Page {
  const series = 'enqueued,done,failed,depth,oldest_age,wait_p95,run_p95';
  return {
    topics: [...FRAME, `queue:${name}`],
    polls: [
      { path: `/queues/${name}/history?${SECONDS}&series=${series}`, periodMs: 2000 },
      { path: `/queues/${name}/messages?state=ready`, periodMs: 2000 },
    ],
  };
}

const failed: Page = { topics: [...FRAME, 'failed'], polls: [] };

/** Ten people, each with a browser and so with a stream of their own, which is the worst case. `busy`: two queues. */
export function tenTabs(busy: readonly [string, string]): readonly Page[] {
  return [
    ...Array.from({ length: 4 }, () => overview),
    ...['name', 'ready', 'name'].map(queues),
    ...busy.map(queue),
    failed,
  ];
}
