import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['server', 'consumer', 'shared', 'cli', 'dashboard'];

const BELOW_MAIN = ['http', 'net', 'session', 'commands', 'protocol', 'config', 'engine'].map(
  (room) => `server/${room}`,
);
const ENGINE = 'server/engine';
const engine = (...names: string[]): string[] => names.map((name) => `${ENGINE}/${name}`);
const operations = (...names: string[]): string[] => engine(...names.map((name) => `operations/${name}.ts`));

/** What operations and background stand on. */
const BELOW_OPERATIONS = [
  ...engine('foundation.ts', 'ledger.ts', 'records.ts', 'admission.ts', 'costs.ts', 'state'),
  ...engine(
    'policy.ts',
    'recurrence.ts',
    'api.ts',
    'completion.ts',
    'turn.ts',
    'histogram.ts',
    'message-ref.ts',
  ),
  'shared',
];
/** How messages end: below the dispatcher, which is below all other operations. */
const BELOW_DISPATCHER = operations(
  'cron-clock',
  'lifecycle',
  'corrupt',
  'held-messages',
  'expired',
  'rates',
  'latencies',
  'leases',
);
const LOG = engine(
  'log/log.ts',
  'log/position.ts',
  'log/live-bytes.ts',
  'log/space-bound.ts',
  'log/in-slices.ts',
  'log/completions.ts',
  'log/body-cache.ts',
  'log/body-reader.ts',
  'log/read-limit.ts',
  'log/segment-list.ts',
);
const BELOW_LOGS = [
  ...LOG,
  ...engine('log/codec', 'state/events.ts', 'completion.ts', 'upper-bound.ts', 'histogram.ts'),
  'shared',
];

/** The rooms of the pages: each may import those behind it. */
const DASHBOARD = [
  'frame',
  'pages',
  'actions',
  'charts',
  'components',
  'live',
  'api',
  'language',
  'preferences',
  'format',
  'icons',
  'styles',
].map((name) => `dashboard/${name}`);

/**
 * The rooms of the house, and what each may import besides itself: folders or files. A file is in the room with the
 * longest name that fits. Type-only imports count as all others.
 */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'server/main.ts': ['server/program.ts', 'server/cli/signals.ts', 'shared/exit-status.ts'],
  'server/program.ts': ['server/server.ts', 'server/cli', ...BELOW_MAIN, 'shared'],
  'server/server.ts': ['server/http-side.ts', 'server/own-log.ts', 'server/cluster', ...BELOW_MAIN, 'shared'],
  'server/own-log.ts': ['server/config', ENGINE, 'shared'],
  'server/cluster': ['server/config/cluster-rules.ts', 'server/net', ENGINE, 'shared'],
  'server/http-side.ts': [...BELOW_MAIN, 'shared'],
  'server/cli': ['server/cluster/process-timing.ts', ...BELOW_MAIN, 'shared'],
  'server/http': [
    'server/http/schemas',
    'server/net/listening.ts',
    'server/net/certificates.ts',
    'server/config/queue-glob.ts',
    `${ENGINE}/api.ts`,
    `${ENGINE}/policy.ts`,
    'server/protocol/words.ts',
    'shared',
  ],
  'server/http/schemas': [],
  'server/net': ['server/session', 'shared'],
  'server/session': ['server/protocol', `${ENGINE}/api.ts`, 'shared'],
  'server/commands': [
    'server/session/pipeline.ts',
    'server/session/client.ts',
    'server/session/limits.ts',
    'server/protocol',
    `${ENGINE}/api.ts`,
    `${ENGINE}/policy.ts`,
    'shared',
  ],
  'server/protocol': ['shared'],
  'server/config': [`${ENGINE}/policy.ts`, `${ENGINE}/recurrence.ts`, 'shared'],
  // The engine: its contract, and the root that puts all of it together.
  ...rooms(engine('completion.ts', 'clock.ts', 'turn.ts', 'upper-bound.ts'), []),
  [`${ENGINE}/policy.ts`]: ['shared'],
  [`${ENGINE}/recurrence.ts`]: [
    ...engine('cron-times.ts', 'cron-mistake.ts', 'state/attributes.ts'),
    'shared',
  ],
  [`${ENGINE}/cron-times.ts`]: engine('time-zone.ts', 'state/attributes.ts'),
  ...rooms(engine('cron-mistake.ts', 'time-zone.ts'), []),
  [`${ENGINE}/api.ts`]: [
    ...engine('completion.ts', 'policy.ts', 'recurrence.ts', 'state/attributes.ts', 'state/message-table.ts'),
    ...engine('read-api.ts', 'histogram.ts', 'message-ref.ts'),
    'shared',
  ],
  [`${ENGINE}/read-api.ts`]: [
    ...engine('histogram.ts', 'message-ref.ts', 'state/attributes.ts', 'state/attempt-history.ts'),
    'shared',
  ],
  ...rooms(engine('histogram.ts', 'message-ref.ts'), []),
  [`${ENGINE}/views`]: [`${ENGINE}/operations`, ...BELOW_OPERATIONS],
  [`${ENGINE}/engine.ts`]: [ENGINE, 'shared'],
  ...rooms(operations('cron-clock'), BELOW_OPERATIONS),
  ...rooms(operations('failed-attempt'), BELOW_OPERATIONS),
  ...rooms(operations('lifecycle'), [...operations('cron-clock', 'failed-attempt'), ...BELOW_OPERATIONS]),
  ...rooms(operations('corrupt'), BELOW_OPERATIONS),
  ...rooms(operations('held-messages'), [...operations('lifecycle', 'corrupt'), ...BELOW_OPERATIONS]),
  ...rooms(operations('rate-limit', 'time-heap'), BELOW_OPERATIONS),
  ...rooms(operations('rates'), [...operations('rate-limit', 'time-heap'), ...BELOW_OPERATIONS]),
  ...rooms(operations('expired', 'leases', 'runs'), [
    ...operations('lifecycle', 'held-messages', 'rates', 'latencies', 'failed-attempt'),
    ...BELOW_OPERATIONS,
  ]),
  ...rooms(operations('delivery', 'latencies', 'queue-choice', 'waiting-readers'), BELOW_OPERATIONS),
  ...rooms(operations('dispatcher'), [
    ...BELOW_DISPATCHER,
    ...operations('delivery', 'queue-choice', 'waiting-readers'),
    ...BELOW_OPERATIONS,
  ]),
  [`${ENGINE}/operations`]: [`${ENGINE}/operations`, ...BELOW_OPERATIONS],
  [`${ENGINE}/background`]: [...BELOW_DISPATCHER, ...BELOW_OPERATIONS, ...LOG],
  [`${ENGINE}/foundation.ts`]: [
    ...engine('ledger.ts', 'records.ts', 'admission.ts', 'policy-cache.ts', 'clock.ts', 'state'),
    'shared',
  ],
  [`${ENGINE}/policy-cache.ts`]: engine('policy.ts', 'api.ts', 'state'),
  [`${ENGINE}/ledger.ts`]: [
    ...LOG,
    ...engine('message-event.ts', 'costs.ts', 'clock.ts', 'completion.ts', 'state'),
    'shared',
  ],
  [`${ENGINE}/message-event.ts`]: [...LOG, ...engine('state')],
  [`${ENGINE}/records.ts`]: [...LOG, ...engine('state'), 'shared'],
  [`${ENGINE}/admission.ts`]: [...LOG, ...engine('costs.ts', 'completion.ts'), 'shared'],
  [`${ENGINE}/costs.ts`]: engine('log/codec/sizes.ts', 'state/attributes.ts'),
  ...rooms(LOG, [
    ...LOG,
    ...engine('log/codec', 'state/events.ts', 'completion.ts', 'upper-bound.ts', 'histogram.ts'),
    'shared',
  ]),
  ...rooms(engine('log/local', 'log/memory', 'log/replicated'), BELOW_LOGS),
  // It knows the ports of the replicated log and nothing of how that uses them; only this room knows the driver.
  [`${ENGINE}/log/replicated/postgres`]: [
    ...LOG,
    ...engine('log/replicated/log-database.ts', 'log/replicated/cluster-members.ts'),
    'shared',
  ],
  [`${ENGINE}/log/codec`]: [`${ENGINE}/state/events.ts`, 'shared'],
  [`${ENGINE}/state`]: [`${ENGINE}/upper-bound.ts`, 'shared'],
  [`${ENGINE}/offline`]: [
    ...LOG,
    ...engine(
      'ledger.ts',
      'costs.ts',
      'turn.ts',
      'clock.ts',
      'state',
      'log/local',
      'log/replicated',
      'log/codec',
    ),
    'shared',
  ],
  consumer: ['shared'],
  // These know the document of the HTTP API and nothing else.
  cli: ['server/http/schemas', 'shared'],
  'dashboard/main.tsx': DASHBOARD,
  'dashboard/vite.config.ts': [],
  ...Object.fromEntries(
    DASHBOARD.map((room, i) => [room, [...DASHBOARD.slice(i + 1), 'server/http/schemas']]),
  ),
  shared: [],
};

/** Source files, and the files that each imports; paths from the root on. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** The same row for several rooms. */
function rooms(names: readonly string[], allowed: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, allowed]));
}

function readGraph(): Graph {
  return new Map(
    SOURCES.flatMap(filesOf).map((file) => [file, importsOf(file, readFileSync(join(ROOT, file), 'utf8'))]),
  );
}

function filesOf(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.d\.ts$|(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => join(folder, name));
}

/** Files of ours that a text names in an import or an export of any kind. */
function importsOf(file: string, text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const names = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
  return [...new Set(names.map((name) => join(dirname(file), name)))];
}

/** What a text imports besides types. */
function codeImportsOf(text: string): string[] {
  const source = ts.createSourceFile('x.tsx', text, ts.ScriptTarget.Latest);
  const names = source.statements.flatMap((statement) => {
    const isImport = ts.isImportDeclaration(statement) && statement.importClause?.phaseModifier !== TYPE;
    const isExport = ts.isExportDeclaration(statement) && !statement.isTypeOnly;
    return isImport || isExport ? [statement.moduleSpecifier] : [];
  });
  return names.flatMap((name) => (name !== undefined && ts.isStringLiteral(name) ? [name.text] : []));
}

const TYPE = ts.SyntaxKind.TypeKeyword;

function isIn(file: string, room: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

function roomOf(file: string): string | undefined {
  const rooms = Object.keys(TABLE).filter((room) => isIn(file, room));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

/** What the table does not allow, a sentence each. */
function wrongArrows(graph: Graph): string[] {
  return [...graph].flatMap(([file, imports]) => {
    const room = roomOf(file);
    if (room === undefined) return [`${file} is in no room of the table`];
    const allowed = TABLE[room] ?? [];
    const rule = `${room} may import ${allowed.join(', ') || 'nothing'}`;
    return imports
      .filter((target) => roomOf(target) !== room && !allowed.some((each) => isIn(target, each)))
      .map((target) => `${file} imports ${target}, but ${rule}`);
  });
}

/** Each set of files of which every one reaches every other: a circle, or several that hang together. */
function circles(graph: Graph): string[][] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachableFrom(file, graph)]));
  const found = new Map<string, string[]>();
  for (const [file, others] of reached) {
    const circle = [...others].filter((other) => reached.get(other)?.has(file));
    if (circle.length > 0) found.set(circle.sort().join(' '), circle);
  }
  return [...found.values()];
}

function reachableFrom(file: string, graph: Graph): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of graph.get(next) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      open.push(target);
    }
  }
  return reached;
}

describe('the sources', () => {
  const graph = readGraph();

  it('import only what the table of rooms allows', () => {
    expect(graph.size).toBeGreaterThan(200);
    expect(wrongArrows(graph)).toEqual([]);
  });

  it('have no circles', () => {
    expect(circles(graph)).toEqual([]);
  });

  it('of the pages have types alone of the server, and no code', () => {
    const imports = filesOf('dashboard').flatMap((file) =>
      codeImportsOf(readFileSync(join(ROOT, file), 'utf8')).map((name) => join(dirname(file), name)),
    );
    expect(imports.filter((name) => isIn(name, 'dashboard')).length).toBeGreaterThan(50);
    expect(imports.filter((name) => isIn(name, 'server'))).toEqual([]);
  });
});

describe('this test', () => {
  it('sees imports of every kind', () => {
    const text = `
      import a from './a.ts';
      import type { B } from './b.ts';
      import { type C } from '../c.ts';
      import './d.ts';
      export { e } from './e.ts';
      export type { F } from './f.ts';
      export * from './g.ts';
      const h = await import('./h.ts');
      let i: import('./i.ts').I;
      import { readFileSync } from 'node:fs';
    `;
    const expected = ['a', 'b', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => `server/net/${name}.ts`);
    expect(importsOf('server/net/x.ts', text).sort()).toEqual(['server/c.ts', ...expected]);
  });

  it('tells types from code', () => {
    const text = `
      import type { A } from './a.ts';
      import { type B } from './b.ts';
      import './c.css';
      export type { D } from './d.ts';
      export { e } from './e.ts';
    `;
    expect(codeImportsOf(text)).toEqual(['./b.ts', './c.css', './e.ts']);
  });

  it('finds an arrow that is not in the table, and a file that has no room', () => {
    const graph = new Map([
      [
        'server/net/listener.ts',
        ['server/session/session.ts', 'server/net/output.ts', 'server/protocol/key.ts'],
      ],
      ['server/commands/get.ts', ['server/session/pipeline.ts', 'server/session/session.ts']],
      ['server/engine/operations/lifecycle.ts', ['server/engine/operations/dispatcher.ts']],
      ['server/extra.ts', []],
      ['shared/errors.ts', ['consumer/main.ts']],
    ]);
    expect(wrongArrows(graph)).toEqual([
      expect.stringMatching(
        /^server\/net\/listener.ts imports server\/protocol\/key.ts, but server\/net may/,
      ),
      expect.stringMatching(/^server\/commands\/get.ts imports server\/session\/session.ts, but/),
      expect.stringMatching(/lifecycle.ts imports server\/engine\/operations\/dispatcher.ts, but/),
      'server/extra.ts is in no room of the table',
      'shared/errors.ts imports consumer/main.ts, but shared may import nothing',
    ]);
  });

  it('finds circles', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', []],
      ['f', ['g']],
      ['g', ['f', 'a']],
    ]);
    expect(circles(graph)).toEqual([
      ['a', 'b', 'c'],
      ['f', 'g'],
    ]);
  });
});
