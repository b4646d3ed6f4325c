import { chineseCron } from './chinese.ts';
import { cronShape } from './cron-shape.ts';
import { englishCron } from './english.ts';

/**
 * A cron line in words: "every day at 09:00 (Europe/Berlin)". The line itself where no short sentence says the same.
 */
export function cronWords(pattern: string, locale: string, timezone?: string): string {
  const shape = cronShape(pattern);
  if (shape === undefined) return pattern;
  const isChinese = locale.startsWith('zh');
  const words = isChinese ? chineseCron(shape) : englishCron(shape);
  if (timezone === undefined || timezone === '') return words;
  return isChinese ? `${words}（${timezone}）` : `${words} (${timezone})`;
}
