import { Command } from 'commander';
import { type BackupReport, backup } from '../engine/offline/backup.ts';
import { lostAsJson, lostLines } from './damage-report.ts';
import { EX_IOERR } from './exit-status.ts';
import { requireLog } from './log-argument.ts';
import { counted, sized } from './report.ts';

/** `memq-server backup DIR TARGET` */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy a data directory while a server is running, or while none is')
    .argument('<directory>', 'the data directory')
    .argument('<target>', 'the new one: a server starts from it as it is')
    .option('--json', 'for programs')
    .addHelpText('after', '\nEnds with 0; with 74 where something is damaged, or cannot be written.')
    .action(run);
}

async function run(directory: string, target: string, { json }: { json?: true }): Promise<void> {
  requireLog(directory);
  const report = await backup(directory, target);
  process.stdout.write(json ? asJson(report, target) : asText(report, target));
  if (report.lost.length > 0) process.exitCode = EX_IOERR;
}

function asJson({ lost, ...rest }: BackupReport, target: string): string {
  return `${JSON.stringify({ target, ...rest, lost: lostAsJson(lost) }, null, 2)}\n`;
}

function asText({ messages, queues, segments, bytes, lost }: BackupReport, target: string): string {
  let text = `${counted(messages, 'message')} in ${counted(queues, 'queue')}, ${counted(segments, 'segment')} of `;
  text += `${sized(bytes)}, are in ${target}\n`;
  if (lost.length > 0) {
    text += `\n${counted(lost.length, 'message')} of them cannot be read, here as there:\n${lostLines(lost)}`;
  }
  return text;
}
