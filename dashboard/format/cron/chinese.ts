import { type CronShape, type Dates, isRun, type Span, type Times, type TimeUnit } from './cron-shape.ts';

const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'];
const NTH = ['', '一', '二', '三', '四', '五'];
const UNITS: Readonly<Record<TimeUnit, string>> = { second: '秒', minute: '分钟', hour: '小时' };

/** A cron line in Chinese: "每天 09:00", "工作日 09:00 至 17:59 每 10 分钟". */
export function chineseCron({ times, dates, months }: CronShape): string {
  const time = timesText(times);
  const month = months.length === 0 ? undefined : `${list(months.map((each) => `${each} 月`))}`;
  if (dates.length === 0) {
    const day = times.kind === 'clock' ? '每天' : '';
    return joined(month === undefined ? day : `${month}${day}`, time);
  }
  return joined(dates.map((each) => datesText(each, month)).join('，以及'), time);
}

function joined(day: string, time: string): string {
  return day === '' ? time : `${day} ${time}`;
}

function timesText(times: Times): string {
  if (times.kind === 'clock') return list(times.times);
  const span = spanText(times.span);
  if (times.kind === 'every') {
    const { unit, count } = times;
    return `${span}${count === 1 ? `每${UNITS[unit]}` : `每 ${count} ${UNITS[unit]}`}`;
  }
  const { unit, values, every } = times;
  const whole = unit === 'second' ? '每分钟' : every === 1 ? '每小时' : `每 ${every} 小时`;
  return `${span}${whole}的第 ${numberList(values)} ${unit === 'second' ? '秒' : '分'}`;
}

function spanText(span: Span | undefined): string {
  return span === undefined ? '' : `${span.from} 至 ${span.to} `;
}

function datesText(dates: Dates, months: string | undefined): string {
  const month = months ?? '每月';
  switch (dates.kind) {
    case 'weekdays':
      return `${months === undefined ? '' : `${months}的`}${weekdaysText(dates.days)}`;
    case 'days':
      return `${month}${months === undefined ? ' ' : '的 '}${numberList(dates.days)} 日`;
    case 'last-day':
      return `${month}的最后一天`;
    case 'last-workday':
      return `${month}的最后一个工作日`;
    case 'near-workday':
      return `离${month} ${dates.day} 日最近的工作日`;
    case 'nth-weekday': {
      const nth = dates.nth === 'last' ? '最后一' : `第${NTH[dates.nth]}`;
      return `${month}的${nth}个${WEEKDAYS[dates.weekday]}`;
    }
  }
}

function weekdaysText(days: readonly number[]): string {
  if (days.join() === '1,2,3,4,5') return '工作日';
  if (days.join() === '6,0') return '周末';
  const names = days.map((day) => WEEKDAYS[day] as string);
  if (isRun(days.map((day) => day || 7))) return `${names[0]}至${names.at(-1)}`;
  return `每${list(names)}`;
}

function numberList(values: readonly number[]): string {
  return isRun(values) ? `${values[0]} 至 ${values.at(-1)}` : list(values.map(String));
}

function list(words: readonly string[]): string {
  return words.join('、');
}
