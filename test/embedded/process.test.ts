import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../embedded/process-id';
import { startServer, type ServerSpec } from '../../embedded/process';

const folder = mkdtempSync(join(tmpdir(), 'cairn-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shell = (name: string, script: string, more: Partial<ServerSpec> = {}): ServerSpec => ({
  name,
  folder,
  command: '/bin/sh',
  args: ['-c', script],
  ports: [],
  ready: async () => existsSync(join(folder, `${name}.up`)),
  ...more,
});
const serve = (name: string) => `touch ${name}.up; exec sleep 300`;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 250; tries += 1) await sleep(20);
  expect(holds()).toBe(true);
}

test('a started server serves, has a pid file, and is gone after stop, which may be called twice', async () => {
  const server = await startServer(shell('plain', serve('plain')));
  expect(readFileSync(join(folder, 'plain.pid'), 'utf8')).toMatch(new RegExp(`^${server.pid} `));
  await server.stop();
  await server.stop();
  expect([server.isRunning(), isAlive(server.pid), existsSync(join(folder, 'plain.pid'))]).toEqual([
    false,
    false,
    false,
  ]);
});

test('a server that dies before it serves is an error with the end of its log', async () => {
  const starting = startServer(shell('dying', 'echo the disk is full >&2; exit 3'));
  await expect(starting).rejects.toThrow(/dying ended before it served; .*\nthe disk is full$/);
});

test('a server that does not serve in time is an error, and is ended', async () => {
  await expect(startServer(shell('slow', 'echo $$; exec sleep 300', { deadline: 200 }))).rejects.toThrow(
    /slow did not serve within 0.2 s/,
  );
  expect(isAlive(Number(readFileSync(join(folder, 'slow.log'), 'utf8')))).toBe(false);
});

test('a server that does not heed SIGTERM is killed after the grace', async () => {
  const server = await startServer(shell('deaf', "trap '' TERM; touch deaf.up; while :; do sleep 0.1; done"));
  await server.stop(200);
  expect(isAlive(server.pid)).toBe(false);
});

test('a command that is not there is an error', async () => {
  await expect(startServer(shell('none', '', { command: '/no/such/command' }))).rejects.toThrow('ENOENT');
});

describe('when the process that started a server is killed', () => {
  const program = `
    const { transformSync } = require('@swc/core');
    const { readFileSync } = require('fs');
    const options = { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } };
    require.extensions['.ts'] = (m, f) => m._compile(transformSync(readFileSync(f, 'utf8'), options).code, f);
    const { startServer } = require('./embedded/process.ts');
    const [name, folder, args, kept] = JSON.parse(process.argv[1]);
    startServer({ name, folder, command: '/bin/sh', args, ports: [], ready: async () => true }).then((server) => {
      if (kept) server.keep();
      console.log(server.pid);
      setInterval(() => {}, 1000);
    });`;

  async function startAndDie(name: string, kept: boolean): Promise<number> {
    const input = JSON.stringify([name, folder, ['-c', 'exec sleep 300'], kept]);
    const parent = spawn(process.execPath, ['-e', program, input], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
    expect(isAlive(pid)).toBe(true);
    await new Promise((resolve) => parent.once('exit', resolve).kill('SIGKILL'));
    return pid;
  }

  test('its server is ended too', async () => {
    const pid = await startAndDie('orphan', false);
    await until(() => !isAlive(pid));
  });

  test('a kept server lives on, and is ended by the next start in its folder', async () => {
    const pid = await startAndDie('kept', true);
    await sleep(200);
    expect(isAlive(pid)).toBe(true);
    const next = await startServer(shell('kept', serve('kept')));
    expect(isAlive(pid)).toBe(false);
    await next.stop();
  });
});
