import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { firstJobLines, reachable } from '../../../dashboard/components/first-job-lines.ts';

function lineOf(key: string, endpoint: Parameters<typeof firstJobLines>[0]): string {
  return firstJobLines(endpoint).find((each) => each.key === key)?.text ?? '';
}

describe('lines for a first job', () => {
  it('have the address of the server', () => {
    const endpoint = { host: 'memq.example.org', port: 22201 };
    expect(lineOf('shell', endpoint)).toContain('| nc memq.example.org 22201');
    expect(lineOf('php', endpoint)).toContain("addServer('memq.example.org', 22201)");
    expect(lineOf('node', endpoint)).toContain("connect({ host: 'memq.example.org', port: 22201 })");
  });

  it('have its socket, whatever that is called', () => {
    const endpoint = { path: "/run/it's memq.sock" };
    expect(lineOf('shell', endpoint)).toContain(`| nc -U '/run/it'\\''s memq.sock'`);
    expect(lineOf('php', endpoint)).toContain("addServer('/run/it\\'s memq.sock', 0)");
    expect(lineOf('node', endpoint)).toContain("connect({ path: '/run/it\\'s memq.sock' })");
  });

  it('are what a server understands', async () => {
    const line = lineOf('shell', { host: '127.0.0.1', port: 1 }).replace(/\| nc .*/, '| cat');
    const { stdout } = await promisify(execFile)('sh', ['-c', line]);
    const [, length, body] = /^set mail 0 0 (\d+)\r\n(.*)\r\nquit\r\n$/.exec(stdout) ?? [];
    expect(Number(length)).toBe(body?.length);
  });

  it('name the host of the pages where the server listens on all addresses', () => {
    expect(reachable({ host: '0.0.0.0', port: 1 }, 'memq.example.org').host).toBe('memq.example.org');
    expect(reachable({ host: '::', port: 1 }, '[::1]').host).toBe('::1');
    expect(reachable({ host: '10.0.0.1', port: 1 }, 'memq.example.org').host).toBe('10.0.0.1');
  });
});
