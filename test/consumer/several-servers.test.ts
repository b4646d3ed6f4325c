import { expect } from 'vitest';
import { connect } from '../../shared/client.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer, type TestServer } from '../helpers/server.ts';

/** Another address of this machine. */
const OTHER = '127.0.0.2';

const it = withWorkplace();

function startOther({ port }: TestServer): Promise<TestServer> {
  return startServer({ args: ['--listen', OTHER, '-p', String(port)] });
}

it('drains all servers that queueip lists', async ({ server, workplace }) => {
  await using other = await startOther(server);
  await workplace.configure(`[all]\nqueuename = spread\nqueueip = 127.0.0.1, ${OTHER}\n`);
  for (const [host, text] of [
    ['127.0.0.1', 'here'],
    [OTHER, 'there'],
  ] as const) {
    const producer = connect({ host, port: other.port });
    for (let i = 0; i < 3; i++) await producer.enqueue('spread', 'saveToLocal', [text]);
    producer.close();
  }
  const { code, stderr } = await workplace.consume();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect((await workplace.logged()).sort()).toEqual([...Array(3).fill('here'), ...Array(3).fill('there')]);
});

it('drains the others when one is away, and ends with 69', async ({ server, workplace }) => {
  await workplace.configure(`[all]\nqueuename = spread\nqueueip = ${OTHER}, 127.0.0.1\n`);
  const producer = connect({ host: '127.0.0.1', port: server.port });
  await producer.enqueue('spread', 'saveToLocal', ['here']);
  producer.close();
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(69);
  expect(stderr).toContain(`${OTHER}:${server.port}`);
  expect(await workplace.logged()).toEqual(['here']);
});
