import { basename } from 'node:path';
import { Command } from 'commander';
import { readableName } from '../../shared/latin1.ts';
import { isServed, pinSegments } from '../engine/offline/directory-hold.ts';
import { type Inspection, inspect, type QueueInspection } from '../engine/offline/inspection.ts';
import { readerDisk } from '../engine/offline/reader-disk.ts';
import { Survey } from '../engine/offline/survey.ts';
import { damageAsJson, damageCount, damageLines, lostAsJson, lostLines } from './damage-report.ts';
import { EX_IOERR } from './exit-status.ts';
import { requireLog } from './log-argument.ts';
import { counted, grouped, MOST_LISTED, shown, sized, table, timed } from './report.ts';

interface Options {
  readonly bodies?: true;
  readonly json?: true;
}

/** `memq-server inspect DIR`: what is in a data directory, whether a server has it or not. Changes nothing. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('show what is in a data directory, and whether it is sound; a server may be running')
    .argument('<directory>', 'the data directory')
    .option('--bodies', 'look at the bodies of all messages, too')
    .option('--json', 'for programs')
    .addHelpText('after', '\nEnds with 0, or with 74 where something is damaged.')
    .action(run);
}

async function run(directory: string, { bodies, json }: Options): Promise<void> {
  requireLog(directory);
  const pin = await pinSegments(directory);
  const isInUse = isServed(directory);
  let survey: Survey | undefined;
  try {
    survey = Survey.open(readerDisk, directory, () => (isServed(directory) ? 'running' : 'start'));
    const inspection = inspect(survey, bodies === true);
    process.stdout.write(json ? asJson(inspection, isInUse) : asText(inspection, directory, isInUse));
    if (inspection.damage.length > 0 || (inspection.lost?.length ?? 0) > 0) process.exitCode = EX_IOERR;
  } finally {
    survey?.close();
    pin.release();
  }
}

function asJson({ queues, damage, lost, ...rest }: Inspection, isInUse: boolean): string {
  return `${JSON.stringify(
    {
      ...rest,
      inUse: isInUse,
      queues: queues.map((queue) => ({ ...queue, name: readableName(queue.name) })),
      damage: damageAsJson(damage),
      lost: lost && lostAsJson(lost),
    },
    null,
    2,
  )}\n`;
}

function asText(inspection: Inspection, directory: string, isInUse: boolean): string {
  const { format, isClosed, nextId, segments, spares, queues, tornBytes, damage, lost } = inspection;
  const use = isInUse ? 'in use by a server: what follows is the state of a moment' : unused(isClosed);
  const messages = queues.reduce((sum, queue) => sum + count(queue), 0);
  const live = segments.reduce((sum, segment) => sum + segment.live, 0);
  const bytes = [...segments, ...spares].reduce((sum, file) => sum + file.bytes, 0);
  let text = `${directory}: format ${format}, ${use}\n\n`;
  text += segmentTable(inspection);
  text += `\n${queueTable(queues)}\n`;
  text += `${counted(messages, 'message')} in ${counted(queues.length, 'queue')}; `;
  text += `${sized(live)} of ${sized(bytes)} live; next id ${nextId}\n`;
  if (tornBytes > 0) {
    text += `${counted(tornBytes, 'byte')} at the end were never acknowledged, and are left out by a start\n`;
  }
  if (damage.length > 0) text += `\n${damageCount(damage)}:\n${damageLines(damage)}`;
  if (lost !== undefined && lost.length > 0) {
    text += `\n${counted(lost.length, 'message')} cannot be read:\n${lostLines(lost)}`;
  }
  if (damage.length > 0) {
    text += `\nA server does not start from this. "memq-server salvage ${directory}" copies all that can be read.\n`;
  } else if (lost === undefined) text += 'No damage, as far as can be seen without the bodies (--bodies)\n';
  else if (lost.length === 0) text += 'No damage\n';
  return text;
}

function unused(isClosed: boolean): string {
  return isClosed ? 'not in use, after a clean stop' : 'not in use';
}

function segmentTable({ segments, spares }: Inspection): string {
  const head = ['segment', 'size', 'written', 'live', '', 'records', 'first message', 'last message', ''];
  const rows = segments.map(({ path, bytes, written, live, records, earliest, latest }) => [
    basename(path),
    sized(bytes),
    sized(written),
    sized(live),
    `${Math.round((100 * live) / Math.max(1, written))} %`,
    grouped(records),
    timed(earliest),
    timed(latest),
    '',
  ]);
  const more = spares.map(({ path, bytes }) => {
    return [basename(path), sized(bytes), '', '', '', '', '', '', 'a spare'];
  });
  return table(head, [...rows, ...more]);
}

function queueTable(queues: readonly QueueInspection[]): string {
  const listed = [...queues].sort((a, b) => b.bytes - a.bytes).slice(0, MOST_LISTED);
  const head = ['queue', 'waiting', 'delayed', 'reserved', 'failed', 'finished', 'bytes', 'oldest', ''];
  const rows = listed.map((queue) => [
    shown(queue.name),
    grouped(queue.waiting),
    grouped(queue.delayed),
    grouped(queue.reserved),
    grouped(queue.failed),
    grouped(queue.finished),
    sized(queue.bytes),
    timed(queue.oldest),
    queue.isPaused ? 'paused' : '',
  ]);
  const more = queues.length - listed.length;
  return table(head, rows) + (more > 0 ? `  and ${grouped(more)} more (--json has all)\n` : '');
}

/** Messages; a status of what has ended is none. */
function count({ waiting, delayed, reserved, failed }: QueueInspection): number {
  return waiting + delayed + reserved + failed;
}
