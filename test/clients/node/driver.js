import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';

export const OWN = { list: [1, 2.5, null, true], text: 'ü'.repeat(10_000) };

const encode = (value) => (value === undefined ? '-' : Buffer.from(value).toString('base64'));
const found = (value) => (value === undefined ? 'no' : `ok ${encode(value)}`);

/** Does with a client what test/clients/driver.ts asks for. */
async function answer(client, [verb, key, ...rest]) {
  switch (verb) {
    case 'set':
      return (await client.set(key, Buffer.from(rest[0], 'base64'))) ? 'ok' : 'error not stored';
    case 'many': {
      if (client.getMany === undefined) return 'unsupported';
      const values = await client.getMany([key, ...rest]);
      return ['ok', ...[key, ...rest].map((each) => encode(values[each]))].join(' ');
    }
    case 'get':
      return found(await client.get(key));
    case 'delete':
      return (await client.delete(key)) ? 'ok' : 'no';
    case 'stat':
      return found(String((await client.stats())[key]));
    case 'version':
      if (client.version === undefined) return 'unsupported';
      return found(await client.version());
    case 'set-own':
      return client.setOwn === undefined
        ? 'unsupported'
        : (await client.setOwn(key))
          ? 'ok'
          : 'error not stored';
    case 'get-own':
      return isDeepStrictEqual(await client.getOwn(key), OWN) ? 'ok' : 'no';
    default:
      return 'unsupported';
  }
}

/** Answers line by line until the input ends. */
export async function serve(client) {
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(client, line.split(' ')).catch((error) => `error ${error}`);
    process.stdout.write(`${reply.replaceAll('\n', ' ')}\n`);
  }
  process.exit();
}
