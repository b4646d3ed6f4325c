import { readableName } from '../../shared/latin1.ts';
import type { Damage } from '../engine/log/local/reading.ts';
import type { LostMessage } from '../engine/offline/survey.ts';
import { counted, shortened, shown, sized } from './report.ts';

/** Where a log is damaged, a line each. */
export function damageLines(damage: readonly Damage[]): string {
  return shortened(damage.map((place) => `  ${place.path}${describe(place)}`));
}

function describe(place: Damage): string {
  const { offset, end, what } = place;
  switch (what) {
    case 'file':
      return ` is missing${lostRecords(place)}`;
    case 'cut':
      return `: its end is missing, from offset ${offset} on${lostRecords(place)}`;
    case 'header':
      return ': its header is damaged';
    case 'bounds':
      return ': it cannot be read, or is of another log, and nothing else tells whether files are missing';
    case 'records': {
      const more = place.isAll ? '' : ', and nobody knows what was behind that';
      return `: nothing can be read from offset ${offset} to ${end} (${sized(end - offset)})${more}`;
    }
  }
}

/** How much is known to have been there. */
function lostRecords({ bytes, isAll, segment }: Damage): string {
  if (segment === 0) return '';
  if (isAll) return `, with ${sized(bytes)} of records`;
  return bytes > 0 ? `, with at least ${sized(bytes)} of records` : '; what was in it is not known';
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
  return damage.map(({ path, offset, end, bytes, isAll, what }) => ({
    path,
    offset,
    end,
    bytes,
    isAll,
    what,
  }));
}
