import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupError } from '../../model/errors';
import { findCommand, runHadoop } from '../../servers/hadoop-command';
import { simpleLogin } from '../../servers/login';
import { startChild } from './child';

const login = simpleLogin({ user: 'alice' });
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cairn-command-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

let scripts = 0;

/** A command that does this. */
async function command(text: string): Promise<string> {
  const file = join(folder, `hdfs ${(scripts += 1)}`);
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}
const run = async (text: string, args: readonly string[] = [], options = {}) =>
  runHadoop({ hdfs: await command(text) }, login, args, options);

/** A command that says its own id and its child's, and then never ends. */
const endless = (pids: string) => `sleep 1000 & echo $$ $! >'${pids}.new'; mv '${pids}.new' '${pids}'; wait`;

async function pidsIn(file: string): Promise<number[]> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return text.trim().split(' ').map(Number);
    await sleep(20);
  }
}

/** Waits until none of them lives. */
async function expectGone(pids: readonly number[]): Promise<void> {
  for (let tries = 0; pids.some(isAlive); tries += 1) {
    if (tries === 100) throw new Error(`still there: ${pids.filter(isAlive).join(' ')}`);
    await sleep(20);
  }
}

/** One that has ended, but of whose end its parent has not heard yet, does not live. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('arguments reach the command as they are, no shell reads them', async () => {
  const args = ['a b', "it's", '$(touch x)', '`id`', '*', '', '-rf', 'ü', '"'];
  const { stdout } = await run('for argument; do printf "<%s>" "$argument"; done', args);
  expect(stdout).toBe(args.map((argument) => `<${argument}>`).join(''));
});

test("the command gets the login's user and the configuration, but none of the worker's other variables", async () => {
  process.env['CANARY_SECRET'] = 'canary';
  const hdfs = await command('env');
  const { stdout } = await runHadoop({ hdfs, confDir: '/etc/conf of mine' }, login, []);
  delete process.env['CANARY_SECRET'];
  expect(stdout).toMatch(/^HADOOP_USER_NAME=alice$/m);
  expect(stdout).toMatch(/^HADOOP_CONF_DIR=\/etc\/conf of mine$/m);
  expect(stdout).toMatch(/^PATH=/m);
  expect(stdout).not.toMatch(/canary/);
});

test('a command that reads its input finds none', async () => {
  expect((await run('cat; echo end')).stdout).toBe('end\n');
});

test.each([
  ['rollEdits: Access denied for user bob. Superuser privilege is required', 'denied'],
  ['org.apache.hadoop.security.AccessControlException: Permission denied: user=bob', 'denied'],
  ['Call From a to b:8020 failed on connection exception: Connection refused', 'unavailable'],
  ['rollEdits: Log not rolled. Name node is in safe mode.', 'unavailable'],
  ['ERROR: JAVA_HOME is not set and could not be found.', 'precondition'],
  ['something new', 'unavailable'],
])('a command that says %j fails as %s', async (said, kind) => {
  const failed = run(`echo '${said}' >&2; printf '\\tat java.lang.Thread.run(Thread.java:1)\\n' >&2; exit 3`, [
    'dfsadmin',
  ]);
  const error = (await failed.catch((thrown: unknown) => thrown)) as BackupError;
  expect(error.kind).toBe(kind);
  expect(error.context).toMatchObject({ exitCode: 3, stderr: said });
  expect(error.context['shortMessage']).toMatch(/hdfs \d+ dfsadmin ended with exit code 3$/);
  expect(error.what).toBe(`${String(error.context['shortMessage'])}: ${said}`);
});

test('of much output the end is kept', async () => {
  const { stdout } = await run('yes 0123456789 | head -n 100000; echo the end');
  expect(stdout.length).toBe(256 * 1024);
  expect(stdout).toMatch(/the end\n$/);
});

test('a command that is missing or may not be run is a precondition, before and when it is run', async () => {
  const missing = { hdfs: join(folder, 'nowhere') };
  const plain = { hdfs: join(folder, 'plain') };
  await writeFile(plain.hdfs, 'text');
  for (const wrong of [missing, plain, { hdfs: 'no-such-command-anywhere' }]) {
    await expect(findCommand(wrong)).rejects.toMatchObject({ kind: 'precondition' });
    await expect(runHadoop(wrong, login, [])).rejects.toMatchObject({ kind: 'precondition' });
  }
  expect(await findCommand({ hdfs: 'sh' })).toMatch(/\/sh$/);
});

test('a stop ends the command and what it started', async () => {
  const [pids, controller] = [join(folder, 'stopped'), new AbortController()];
  const running = run(endless(pids), [], { signal: controller.signal });
  const started = await pidsIn(pids);
  expect(started.every(isAlive)).toBe(true);
  controller.abort();
  await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
  await expectGone(started);
});

test('a command that was stopped before it began is not run', async () => {
  const mark = join(folder, 'mark');
  const stopped = run(`touch '${mark}'`, [], { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' });
  await sleep(300);
  await expect(readFile(mark)).rejects.toThrow('ENOENT');
});

test('a command that takes too long is ended with what it started, and may be tried again', async () => {
  const pids = join(folder, 'timed-out');
  const running = run(endless(pids), ['dfsadmin'], { within: 5000 });
  running.catch(() => undefined);
  const started = await pidsIn(pids);
  await expect(running).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/did not end within 5000 ms/) as string,
  });
  await expectGone(started);
});

test('when the worker is killed, the command and what it started die with it', async () => {
  const pids = join(folder, 'orphans');
  const hdfs = await command(endless(pids));
  const worker = startChild(`
    const { runHadoop } = require('./servers/hadoop-command.ts');
    const { simpleLogin } = require('./servers/login.ts');
    runHadoop({ hdfs: ${JSON.stringify(hdfs)} }, simpleLogin({ user: 'x' }), []);
  `);
  const started = await pidsIn(pids);
  expect(started.every(isAlive)).toBe(true);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await expectGone(started);
});

test('nothing of the guard is left when a command has ended', async () => {
  const { stdout } = await run('echo $$');
  const started = Number(stdout);
  // The guard and the command are started one right after the other.
  const near = Array.from({ length: 20 }, (_, n) => started - 10 + n).filter(isAlive);
  const left = near.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder));
  await expectGone(left);
});
