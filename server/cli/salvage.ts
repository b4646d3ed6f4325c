import { Command } from 'commander';
import { readableName } from '../../shared/latin1.ts';
import { nodeFileSystem } from '../engine/log/local/node-file-system.ts';
import { keepServersOut } from '../engine/offline/directory-hold.ts';
import { NewDirectory } from '../engine/offline/new-directory.ts';
import { readerDisk } from '../engine/offline/reader-disk.ts';
import { type SalvageReport, salvage } from '../engine/offline/salvage.ts';
import { damageAsJson, damageCount, damageLines, lostAsJson, lostLines } from './damage-report.ts';
import { EX_IOERR } from './exit-status.ts';
import { requireLog } from './log-argument.ts';
import { counted, grouped, MOST_LISTED, shown, sized, table } from './report.ts';

const SEGMENT_SIZE = 16 * 1024 ** 2;

/** `memq-server salvage DIR [TARGET]` */
export function salvageCommand(): Command {
  return new Command('salvage')
    .description('copy all that can be read of a damaged data directory into a new one')
    .argument('<directory>', 'the data directory, which is not changed; no server may be running')
    .argument('[target]', 'the new one (<directory>.salvaged)')
    .option('--json', 'for programs')
    .addHelpText('after', '\nEnds with 0, or with 74 where something was damaged.')
    .action(run);
}

/** Tells on standard output what was saved and what was not; the exit status is 74 if that is anything. */
async function run(
  directory: string,
  target = `${directory.replace(/\/+$/, '')}.salvaged`,
  { json }: { json?: true },
): Promise<void> {
  requireLog(directory);
  const hold = keepServersOut(directory);
  try {
    const made = new NewDirectory(target);
    try {
      const to = { disk: nodeFileSystem, directory: made.path, segmentSize: SEGMENT_SIZE };
      const report = await salvage(readerDisk, directory, to);
      made.finish();
      process.stdout.write(json ? asJson(report, target) : asText(report, target));
      if (report.damage.length > 0 || report.lost.length > 0) process.exitCode = EX_IOERR;
    } catch (error) {
      made.abandon();
      throw error;
    }
  } finally {
    hold.release();
  }
}

function asJson({ queues, damage, lost, ...rest }: SalvageReport, target: string): string {
  const saved = [...queues].map(([name, figures]) => ({ name: readableName(name), ...figures }));
  const all = { target, queues: saved, damage: damageAsJson(damage), lost: lostAsJson(lost), ...rest };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function asText(
  { queues, damage, lost, returning, doubtful, missing, unnamed }: SalvageReport,
  target: string,
): string {
  let messages = 0;
  for (const saved of queues.values()) messages += saved.messages;
  let text = damage.length === 0 ? '' : `${damageCount(damage)}:\n${damageLines(damage)}\n`;
  text += missingText(damage, missing);
  if (lost.length > 0) text += `${counted(lost.length, 'message')} cannot be read:\n${lostLines(lost)}\n`;
  text += `${counted(messages, 'message')} saved in ${target}\n`;
  if (messages > 0) text += queueTable(queues);
  if (returning > 0) {
    text += `${grouped(returning)} of them were stored before damaged places, which may have said that they are done:`;
    text += ' they may come again\n';
  }
  if (doubtful > 0)
    text += `${grouped(doubtful)} records do not tell for certain which queue they are about\n`;
  if (unnamed > 0) text += `${counted(unnamed, 'job')} lost the id, which another job of the queue has\n`;
  if (damage.length === 0 && lost.length === 0) text += 'Nothing is damaged\n';
  return text;
}

/** What is said of messages of which nothing is left: how many there were is told by nothing but what happened to them later. */
function missingText(damage: SalvageReport['damage'], missing: number): string {
  if (!damage.some(({ bytes, isAll }) => bytes > 0 || !isAll)) return '';
  if (missing === 0) return 'How many messages were stored there only is not known\n\n';
  return `At least ${counted(missing, 'message')} stored there ${missing === 1 ? 'is' : 'are'} lost; how many more is not known\n\n`;
}

function queueTable(queues: SalvageReport['queues']): string {
  const sorted = [...queues].sort(([, a], [, b]) => b.messages - a.messages);
  const rows = sorted
    .slice(0, MOST_LISTED)
    .map(([name, { messages, bytes }]) => [shown(name), grouped(messages), sized(bytes)]);
  const more = sorted.length - rows.length;
  const rest = more > 0 ? `  and ${grouped(more)} more (--json has all)\n` : '';
  return table(['queue', 'messages', 'bytes'], rows) + rest;
}
