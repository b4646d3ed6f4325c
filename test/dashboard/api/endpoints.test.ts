import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../helpers/server.ts';

const FILE = join(import.meta.dirname, '../../../dashboard/api/endpoints.ts');

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

/** What an interface of the pages' endpoints says: the types of its members, as they are written. */
function members(name: string): [key: string, type: ts.TypeNode][] {
  const source = ts.createSourceFile(FILE, readFileSync(FILE, 'utf8'), ts.ScriptTarget.ES2022);
  for (const statement of source.statements) {
    if (!ts.isInterfaceDeclaration(statement) || statement.name.text !== name) continue;
    return statement.members
      .filter(ts.isPropertySignature)
      .map((member) => [(member.name as ts.StringLiteral).text, member.type as ts.TypeNode]);
  }
  throw new Error(`${FILE} has no interface ${name}`);
}

/** The names of the types that a type is one of; `undefined` is none. */
function names(type: ts.TypeNode): string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(names);
  return ts.isTypeReferenceNode(type) ? [(type.typeName as ts.Identifier).text] : [];
}

function schemasOf(content: Content | undefined): string[] {
  return Object.entries(content ?? {})
    .filter(([type]) => type === 'application/json')
    .flatMap(([, { schema }]) => schema.anyOf ?? [schema])
    .map(({ $ref }) => $ref?.split('/').at(-1) ?? '?');
}

function answersOf({ responses }: Operation): string[] {
  return Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content }]) => schemasOf(content))
    .sort();
}

describe('what the pages ask the server for', () => {
  let document: Document;
  beforeAll(async () => {
    await using server = await startServer({ http: true, args: ['--memory'] });
    document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as Document;
  });
  const operation = (method: string, path: string) =>
    document.paths[`/api/v1${path}`]?.[method.toLowerCase()] as Operation;

  it.each(members('Reads'))('GET %s is answered as they believe', (path, type) => {
    expect(operation('GET', path)).toBeDefined();
    expect(names(type)).toEqual(answersOf(operation('GET', path)));
  });

  it.each(members('Changes'))('%s is taken and answered as they believe', (what, type) => {
    const [method = '', path = ''] = what.split(' ');
    const found = operation(method, path);
    expect(found).toBeDefined();
    const [body, answer] = (type as ts.TupleTypeNode).elements.map(
      (element) => (element as ts.NamedTupleMember).type,
    ) as [ts.TypeNode, ts.TypeNode];
    expect(names(answer).sort()).toEqual(answersOf(found));
    expect(names(body)).toEqual(schemasOf(found.requestBody?.content));
  });
});
