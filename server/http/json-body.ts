import type { z } from '@hono/zod-openapi';
import { parseExactJson } from './exact-json.ts';
import { jsonSizeProblem } from './json-size.ts';
import { utf8Text } from './names.ts';
import { Problem } from './problem.ts';

/** What JSON says, of which no digit is lost. Throws a Problem that says what is wrong with it, and where. */
export function readJson<T>(bytes: Buffer, schema: z.ZodType<T>): T {
  return checkedJson(parsedJson(bytes), schema);
}

export function checkedJson<T>(value: unknown, schema: z.ZodType<T>): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const errors = error.issues.map(({ path, message }) => ({
    pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: message,
  }));
  throw new Problem(400, 'invalid', 'the request is not as it has to be', { errors });
}

/** JSON of which no digit is lost, of any form. Throws a Problem. */
export function parsedJson(bytes: Buffer): unknown {
  const text = utf8Text(bytes);
  if (text === null) throw new Problem(400, 'invalid', 'the body is not JSON: it is not UTF-8');
  const problem = jsonSizeProblem(text);
  if (problem !== undefined) throw new Problem(413, 'too-large', `the JSON ${problem}`);
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new Problem(400, 'invalid', `the body is not JSON: ${(error as Error).message}`);
  }
}
