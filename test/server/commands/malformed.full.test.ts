import { afterAll, beforeAll, describe, expect } from 'vitest';
import { withPackages } from '../../clients/packages.ts';
import { OTHERS } from '../../clients/table.ts';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, request } from '../../helpers/binary-client.ts';
import { type Memcached, startMemcached } from '../../helpers/memcached.ts';
import { TextClient } from '../../helpers/text-client.ts';
import {
  BODIES,
  certain,
  HARM,
  LINES,
  type Malformation,
  PACKETS,
  STORAGE,
  uncertain,
  wrongParts,
} from './malformations.ts';

/** What is wrong is answered as memcached answers it, but for what stands in the lists here, with the reason. */
const it = withServer(['--memory']);

/** A line that is wrong, and what is sent with it and behind it; the last is a `mn`. */
interface Row {
  readonly name: string;
  readonly verb: string;
  readonly what: string;
  readonly isNoreply: boolean;
  readonly place: 'line' | 'line, no certain length' | 'line, a certain length' | 'body';
  readonly bytes: string;
}

interface Difference<T> {
  readonly why: string;
  rows(row: T): boolean;
  /** Of what is seen of each, as `textSeen` and `binarySeen` have it. */
  readonly memcached: RegExp;
  readonly memq: RegExp;
}

const META = ['mg', 'ms', 'md', 'ma', 'me'];

/** The first that has a row is the one for it. */
const TEXT_DIFFERENCES: readonly Difference<Row>[] = [
  {
    why: 'where the body ends is not certain, and none of it may run as a request: the connection ends',
    rows: ({ place }) => place === 'line, no certain length',
    memcached: /, what follows runs$/,
    memq: /^(ERROR|CLIENT_ERROR|nothing), ends$/,
  },
  {
    why: 'where the body ends is certain, and it is passed over',
    rows: ({ place, what }) =>
      place === 'line, a certain length' && ['a key that is too long', 'negative flags'].includes(what),
    memcached: /, what follows runs$/,
    memq: /^(CLIENT_ERROR|nothing), in step$/,
  },
  {
    why: 'of a body of another length the rest of its line is passed over, and no more than that',
    rows: ({ place }) => place === 'body',
    memcached: /ERROR/,
    memq: /^(CLIENT_ERROR|nothing), in step$/,
  },
  {
    why: 'nothing is answered to a line that ends in noreply; there it is a word too many, a key, or no flag',
    rows: ({ isNoreply, place, verb, what }) =>
      isNoreply &&
      (META.includes(verb) ||
        (place === 'line' &&
          (verb === 'flush' || ['no words', 'any words', 'a word too many'].includes(what)))),
    memcached: /^(ERROR|CLIENT_ERROR|NOT_FOUND|NF|EN|ME), in step$/,
    memq: /^nothing, in step$/,
  },
  {
    why: 'a key has options, and flags and times have bounds; there all is stored or looked for',
    rows: ({ isNoreply, place, verb, what }) =>
      !isNoreply &&
      verb !== 'flush' &&
      (what === 'an option that there is not' ||
        (place === 'line, a certain length' && /^no name|that (is|are) too large$/.test(what))),
    memcached: /^(STORED|NOT_STORED|NOT_FOUND|HD), in step$/,
    memq: /^CLIENT_ERROR, in step$/,
  },
  {
    why: 'it is a verb here',
    rows: ({ isNoreply, verb, what }) => !isNoreply && verb === 'flush' && what !== 'no words',
    memcached: /^ERROR, in step$/,
    memq: /^CLIENT_ERROR, in step$/,
  },
  {
    why: 'what is wrong with a verb that is known is said',
    rows: ({ isNoreply, verb, what }) =>
      !isNoreply &&
      ((['incr', 'decr', 'touch'].includes(verb) && what === 'a word too many') ||
        (['mg', 'md'].includes(verb) && what === 'no words')),
    memcached: /^ERROR, in step$/,
    memq: /^CLIENT_ERROR, in step$/,
  },
  {
    why: 'a line with a surplus word is not run, and queues are not emptied at another time',
    rows: ({ isNoreply, verb, what }) =>
      !isNoreply && ['flush_all', 'verbosity'].includes(verb) && /^a delay$|^a word too many$/.test(what),
    memcached: /^OK, in step$/,
    memq: /^CLIENT_ERROR, in step$/,
  },
  {
    why: 'a CAS is the token of a lease, and 0 is none: it would drop the queue',
    rows: ({ isNoreply, what }) => !isNoreply && what === 'a CAS of 0',
    memcached: /^EX, in step$/,
    memq: /^CLIENT_ERROR, in step$/,
  },
  {
    why: 'there are no items to debug',
    rows: ({ isNoreply, verb }) => !isNoreply && verb === 'me',
    memcached: /^ME, in step$/,
    memq: /^CLIENT_ERROR, in step$/,
  },
];

const textRows: readonly Row[] = [false, true].flatMap((isNoreply) => {
  const noreply = isNoreply ? ' noreply' : '';
  const row = (verb: string, place: Row['place'], [what, words]: Malformation, behind: string): Row => ({
    ...{ verb, what, isNoreply, place },
    name: `${verb} with ${what}${isNoreply ? ' and noreply' : ''}`,
    bytes: `${verb} ${words}${noreply}\r\n${behind}mn\r\n`,
  });
  const ofLength = ([what, words]: Malformation, length: number): Malformation => [
    what,
    words.replace('LENGTH', String(length)),
  ];
  return [
    ...STORAGE.flatMap((storage) => {
      const right = `q ${storage.words.join(' ')}`;
      return [
        ...uncertain(storage).map((each) =>
          row(storage.verb, 'line, no certain length', ofLength(each, 5), HARM),
        ),
        ...certain(storage).map((each) =>
          row(storage.verb, 'line, a certain length', ofLength(each, HARM.length), `${HARM}\r\n`),
        ),
        ...BODIES.map(([what, body]) => row(storage.verb, 'body', ofLength([what, right], 5), `${body}\r\n`)),
      ];
    }),
    ...LINES.flatMap(([verb, malformations]) => malformations.map((each) => row(verb, 'line', each, ''))),
  ];
});

/** The first word of the answer, and whether the connection is in step behind it. */
async function textSeen(port: number, { bytes }: Row): Promise<string> {
  using client = await TextClient.connect(port);
  await client.exchange('flush_all\r\n');
  await client.set('victim', 'is here');
  client.send(bytes);
  client.socket.end();
  const lines = (await client.rest()).toString('latin1').split('\r\n').slice(0, -1);
  const isAnswered = lines.at(-1) === 'MN';
  const answers = isAnswered ? lines.slice(0, -1) : lines;
  const [first = 'nothing'] = answers;
  const then = isAnswered ? (answers.length > 1 ? 'what follows runs' : 'in step') : 'ends';
  return `${first.split(' ')[0]}, ${then}`;
}

interface BinaryRow {
  readonly name: string;
  readonly opcode: number;
  readonly packet: string;
  readonly what: string;
  readonly bytes: Buffer;
}

const BINARY_DIFFERENCES: readonly Difference<BinaryRow>[] = [
  {
    why: 'it is known, as the specification has it',
    rows: ({ packet }) => packet === 'VERBOSITY',
    memcached: /^status 129, ends$/,
    memq: /^status 4, in step$/,
  },
  {
    why: 'what has a value that it does not take is refused as all that is wrong',
    rows: ({ packet, what }) => ['TOUCH', 'GAT', 'GATQ'].includes(packet) && what === 'a value',
    memcached: /^nothing, ends$/,
    memq: /^status 4, in step$/,
  },
  {
    why: 'where a packet ends is certain, and the connection goes on',
    rows: () => true,
    memcached: /^status 4, ends$/,
    memq: /^status 4, in step$/,
  },
];

const binaryRows: readonly BinaryRow[] = PACKETS.flatMap((packet) =>
  wrongParts(packet).map(([what, parts]) => ({
    name: `binary ${packet.name} with ${what}`,
    ...{ opcode: packet.opcode, packet: packet.name, what },
    bytes: Buffer.concat([request(packet.opcode, parts), request(Opcode.noop, { opaque: 7 })]),
  })),
);

/** The status of the response, and whether the NOOP behind it has one. */
async function binarySeen(port: number, { bytes }: BinaryRow): Promise<string> {
  using client = await BinaryClient.connect(port);
  client.send(bytes);
  client.connection.socket.end();
  const statuses: number[] = [];
  let isAnswered = false;
  for (let next = await client.next(); next !== undefined; next = await client.next()) {
    if (next.opcode === Opcode.noop && next.opaque === 7) isAnswered = true;
    else statuses.push(next.status);
  }
  const answer = statuses.length === 0 ? 'nothing' : `status ${statuses.join(' ')}`;
  return `${answer}, ${isAnswered ? 'in step' : 'ends'}`;
}

withPackages('what memcached does with what is wrong', [OTHERS.memcached], () => {
  let memcached: Memcached;
  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached[Symbol.asyncDispose]());

  function compare<T extends { readonly name: string }>(
    rows: readonly T[],
    seen: (port: number, row: T) => Promise<string>,
    differences: readonly Difference<T>[],
  ): void {
    const used = new Set<Difference<T>>();

    it.for(rows)('$name', async (row, { server }) => {
      const theirs = await seen(memcached.port, row);
      const ours = await seen(server.port, row);
      const difference = differences.find((each) => each.rows(row));
      if (difference === undefined) return expect(ours).toBe(theirs);
      used.add(difference);
      expect(theirs, `differs: ${difference.why}`).not.toBe(ours);
      expect(theirs).toMatch(difference.memcached);
      expect(ours).toMatch(difference.memq);
    });

    it('each reason to differ is one for some row', () => {
      expect(differences.filter((each) => !used.has(each))).toEqual([]);
    });
  }

  describe('text', () => compare(textRows, textSeen, TEXT_DIFFERENCES));
  describe('binary', () => compare(binaryRows, binarySeen, BINARY_DIFFERENCES));
});
