import { expect, it, onTestFinished } from 'vitest';
import { startMember } from '../../helpers/member.ts';
import { TextClient } from '../../helpers/text-client.ts';

const SET = 'set q 0 0 3\r\njob\r\n';

/** A client whose server does nothing more; `handsOver`: since another one goes on. */
async function afterTheEnd(handsOver: boolean): Promise<TextClient> {
  const { port, engine } = await startMember({ handsOver });
  const client = await TextClient.connect(port);
  onTestFinished(() => client.close());
  expect(await client.exchange(SET)).toBe('STORED');
  await engine.close();
  return client;
}

/** All that it gets for this, up to the end of the connection. */
async function told(client: TextClient, request: string): Promise<string> {
  client.send(request);
  return (await client.bytes(Number.POSITIVE_INFINITY)).toString();
}

it.each([SET, 'get q\r\n', 'get q/t=60000\r\n', 'delete q\r\n', 'ms q 3\r\njob\r\n'])(
  'where another server goes on, what is not done has the end of the connection for an answer: %j',
  async (request) => {
    expect(await told(await afterTheEnd(true), request)).toBe('');
  },
);

it('what comes before that is answered, and nothing that comes behind it', async () => {
  const client = await afterTheEnd(true);
  expect(await told(client, `verbosity 1\r\n${SET}verbosity 1\r\n`)).toBe('OK\r\n');
});

it('where none goes on, the client is told so', async () => {
  const client = await afterTheEnd(false);
  expect(await client.exchange(`${SET}verbosity 1\r\n`)).toBe('SERVER_ERROR the server is stopping\nOK');
});
