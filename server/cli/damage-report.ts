import { readableName } from '../../shared/latin1.ts';
import type { Damage } from '../engine/log/local/reading.ts';
import type { LostMessage } from '../engine/offline/survey.ts';
import { counted, shortened, shown, sized } from './report.ts';

/** Where a log is damaged, a line each. */
export function damageLines(damage: readonly Damage[]): string {
  return shortened(
    damage.map(({ path, offset, end, what }) => {
      if (what === 'file') return `  ${path} is missing`;
      if (what === 'cut') return `  ${path}: its end is missing, from offset ${offset} on`;
      if (what === 'header') return `  ${path}: its header is damaged`;
      return `  ${path}: nothing can be read from offset ${offset} to ${end} (${sized(end - offset)})`;
    }),
  );
}

/** Messages whose bodies are lost, a line each. */
export function lostLines(lost: readonly LostMessage[]): string {
  return shortened(
    lost.map(({ path, offset, queue, id, jobId, size }) => {
      const job = jobId === '' ? '' : `, job ${shown(jobId)}`;
      return `  message ${id} of queue ${shown(queue)}${job}: ${path}, offset ${offset} (${sized(size)})`;
    }),
  );
}

/** `2 damaged places` */
export function damageCount(damage: readonly Damage[]): string {
  return counted(damage.length, 'damaged place');
}

/** The same for JSON. */
export function lostAsJson(lost: readonly LostMessage[]): object[] {
  return lost.map(({ path, offset, queue, id, jobId, size }) => {
    const job = jobId === '' ? undefined : readableName(jobId);
    return { path, offset, queue: readableName(queue), id, job, bytes: size };
  });
}

export function damageAsJson(damage: readonly Damage[]): object[] {
  return damage.map(({ path, offset, end, what }) => ({ path, offset, end, what }));
}
