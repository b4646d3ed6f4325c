interface Extent {
  readonly label: string;
  readonly min: string;
  readonly max: string;
  readonly last: string;
}

export const charts = {
  asTable: 'As a table',
  asChart: 'As a chart',
  time: 'Time',
  latest: 'Latest',
  noData: 'No data yet',
  notLoaded: 'The chart could not be loaded. Its figures are in the table.',
  /** What a slider over the time of a chart is called. */
  cursor: (title: string) => `${title}: figures at a time`,
  mean: (label: string) => `${label} (mean)`,
  sum: (label: string) => `${label} (sum)`,
  highest: (label: string) => `${label} (highest)`,
  steps: (title: string, step: string) => `${title}, a row for ${step}`,
  sparkline: ({ label, min, max, last }: Extent) => `${label}: lowest ${min}, highest ${max}, last ${last}`,
  sparklineEmpty: (label: string) => `${label}: no data yet`,
  window: 'Period',
  windows: {
    '2m': { short: '2 min', long: 'The last 2 minutes' },
    '1h': { short: '1 h', long: 'The last hour' },
    '24h': { short: '24 h', long: 'The last 24 hours' },
    '7d': { short: '7 d', long: 'The last 7 days' },
  },
};
