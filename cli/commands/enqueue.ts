import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { Problem } from '../../server/http/schemas/common.ts';
import type { Enqueued } from '../../server/http/schemas/messages.ts';
import { UsageError } from '../../shared/errors.ts';
import { RefusedError, sentenceOf } from '../errors.ts';
import { count } from '../format.ts';
import { queuePath } from '../queue-path.ts';
import { openSession, type Session } from '../session.ts';

/** Messages that go to the server at once, and how many characters these may have. */
const BATCH = 1000;
const BATCH_CHARACTERS = 500_000;

interface Options {
  readonly delay?: string;
  readonly priority?: string;
  readonly id?: string;
  readonly unique?: true | 'kept';
  readonly every?: string;
  readonly ttl?: string;
  readonly attempts?: string;
  readonly backoff?: string;
  readonly group?: string;
  readonly batch?: true;
}

/** `enqueue`: a message from an argument or standard input, or many. */
export function addEnqueue(program: Command): void {
  program
    .command('enqueue')
    .description("enqueue a call such as saveToLocal('hi'), or what standard input has")
    .argument('<queue>')
    .argument('[call]', '- or nothing: standard input')
    .option('--delay <time>', 'not before: seconds, or 500ms, 5m, 2h')
    .option('--priority <number>', '0 is the most urgent; 1024 unless given')
    .option('--id <id>', "the job's id")
    .addOption(
      new Option(
        '--unique [kept]',
        'refused while a job of that id is live; kept: also while its end is remembered',
      ).choices(['kept']),
    )
    .option('--every <time>', 'again and again; needs --id')
    .option('--ttl <time>', 'expires if nobody takes it in that time')
    .option('--attempts <number>', 'its own limit of attempts')
    .option('--backoff <policy>', 'its own: exponential, fixed:<time>, none')
    .option('--group <group>', 'the group that it belongs to')
    .option('--batch', 'one JSON object a line of standard input, as the API takes them')
    .action(enqueue);
}

async function enqueue(
  queue: string,
  call: string | undefined,
  { batch, unique, ...options }: Options,
  command: Command,
): Promise<void> {
  const session = openSession(command);
  const path = `${queuePath(queue)}/messages`;
  const isFromInput = call === undefined || call === '-';
  if (batch && !isFromInput) throw new UsageError('--batch reads its messages from standard input');
  if (batch && (unique !== undefined || Object.keys(options).length > 0))
    throw new UsageError('with --batch each line has its own options');
  if (isFromInput && process.stdin.isTTY) throw new UsageError('say what to enqueue, or pipe it into memq');
  if (batch) {
    await enqueueBatch(session, `${path}/batch`);
    return;
  }
  const query = { ...options, unique: unique === true ? 'true' : unique };
  const body = isFromInput ? await buffer(process.stdin) : call;
  const type = 'application/octet-stream';
  const enqueued = await session.client.call<Enqueued>('POST', path, { query, body, type });
  session.output.fields(enqueued, [
    ['ref', enqueued.ref],
    ['message', enqueued.message_id],
    ['id', enqueued.id],
  ]);
}

interface BatchResult {
  readonly results: readonly Pick<Problem, 'status' | 'detail' | 'errors'>[];
}

/** What the server refuses is told by the number of its line. What came before an answer that never comes is told, too. */
async function enqueueBatch({ client, output }: Session, path: string): Promise<void> {
  let [enqueued, refused, lines] = [0, 0, 0];
  try {
    for await (const portion of portions(createInterface({ input: process.stdin }))) {
      const body = portion.join('\n');
      const { results } = await client.call<BatchResult>('POST', path, {
        body,
        type: 'application/x-ndjson',
      });
      for (const [index, result] of results.entries()) {
        if (result.status === 201) enqueued++;
        else output.say(`message ${lines + index + 1}: ${sentenceOf(result)}`);
      }
      lines += portion.length;
      refused = lines - enqueued;
    }
  } finally {
    output.fields({ enqueued, refused }, [
      ['enqueued', enqueued],
      ['refused', refused === 0 ? null : refused],
    ]);
  }
  if (refused > 0) throw new RefusedError(`the server refuses ${count(refused)} of ${count(lines)} messages`);
}

/** Lines that are not empty, as many as go to the server at once. */
async function* portions(lines: AsyncIterable<string>): AsyncIterable<string[]> {
  let [portion, size]: [string[], number] = [[], 0];
  for await (const line of lines) {
    if (line.trim() === '') continue;
    if (portion.length === BATCH || size + line.length > BATCH_CHARACTERS) {
      if (portion.length > 0) yield portion;
      [portion, size] = [[], 0];
    }
    portion.push(line);
    size += line.length;
  }
  if (portion.length > 0) yield portion;
}
