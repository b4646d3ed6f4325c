import type { Texts } from '../en.ts';

export const charts: Texts['charts'] = {
  asTable: '以表格显示',
  asChart: '以图表显示',
  time: '时间',
  latest: '最新',
  noData: '暂无数据',
  notLoaded: '图表无法加载，数据见表格。',
  cursor: (title) => `${title}：某一时刻的数值`,
  mean: (label) => `${label}（平均）`,
  sum: (label) => `${label}（合计）`,
  highest: (label) => `${label}（最高）`,
  steps: (title, step) => `${title}，每行 ${step}`,
  sparkline: ({ label, min, max, last }) => `${label}：最低 ${min}，最高 ${max}，最新 ${last}`,
  sparklineEmpty: (label) => `${label}：暂无数据`,
  window: '时段',
  windows: {
    '2m': { short: '2 分钟', long: '最近 2 分钟' },
    '1h': { short: '1 小时', long: '最近 1 小时' },
    '24h': { short: '24 小时', long: '最近 24 小时' },
    '7d': { short: '7 天', long: '最近 7 天' },
  },
};
