import { execSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../../embedded/process-id';
import { workerConfigSchema } from '../../model/config';
import { parseYaml } from '../../model/input';
import { taskFileSchema } from '../../model/task-file';
import { pidsIn, start, type Started, startFile, watch } from './start';

let quickStart: Started;
afterEach(() => void quickStart.child.kill('SIGKILL'));

/** What stands behind a title in the summary. */
function fact(said: string, title: string): string {
  return new RegExp(`^  ${title} +(.+)$`, 'm').exec(said)![1]!;
}

/** The sets of a run in the summary, by name: of the directory, and of the metadata. */
function setsOf(said: string, run: string): string[] {
  const lines = said
    .slice(said.indexOf(`  ${run}  `))
    .split('\n')
    .slice(1, 3);
  return lines.map((line) => /^ +(\S+),/.exec(line)![1]!).sort();
}

/** Runs a command that the quick start tells to try. */
function lastNameListed(command: string): string {
  const env = { ...process.env, HADOOP_USER_NAME: 'hdfs' };
  return basename(execSync(command, { env, encoding: 'utf8' }).trim());
}

async function goneAfter(pids: number[]): Promise<number[]> {
  for (let waited = 0; pids.some(isAlive) && waited < 10_000; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return pids.filter(isAlive);
}

test('the quick start brings everything back, ends with 0, leaves the sets and no process', async () => {
  quickStart = start();
  expect([await quickStart.ended, quickStart.said()]).toEqual([0, expect.stringContaining('is back.')]);
  const said = quickStart.said();
  // After the metadata was restored, and the directory from the older and from the newer set.
  expect(said.match(/^ +equal in .*: \d+ files and \d+ directories, \d+\.\d MiB$/gm)).toHaveLength(3);
  const pids = pidsIn(said);
  expect([pids.length, await goneAfter(pids)]).toEqual([7, []]);
  expect([...said.matchAll(/^ +sound: (\S+),/gm)].map(([, set]) => set)).toEqual(setsOf(said, 'newer run'));
  expect(fact(said, 'data is in')).toMatch(/^hdfs:\/\/127\.0\.0\.1:\d+\/backup$/);

  const localBackup = fact(said, 'metadata is in');
  const [folder] = readdirSync(join(localBackup, 'quick-start'));
  expect(readdirSync(join(localBackup, 'quick-start', folder!))).toHaveLength(4);
  const read = (title: string) => readFileSync(fact(said, title), 'utf8');
  expect(parseYaml(workerConfigSchema, read('configuration'), 'cairn.yaml').clusters).toHaveLength(1);
  expect(parseYaml(taskFileSchema, read('tasks'), 'tasks.yaml').tasks).toHaveLength(1);
  for (const gone of ['hdfs', 'remote-hdfs', 'temporal', 'spool'])
    expect(existsSync(join(dirname(localBackup), gone))).toBe(false);
});

test('with --keep everything runs until it is interrupted, and is stopped then', async () => {
  quickStart = start(['--keep']);
  await quickStart.until(/Everything still runs/);
  const said = quickStart.said();
  const pids = pidsIn(said);
  // The NameNode that was stopped in the middle is the only one that is no more.
  expect([pids.length, pids.filter(isAlive).length]).toEqual([7, 6]);
  expect((await fetch(fact(said, 'web page'))).status).toBe(200);
  for (const [, address] of said.matchAll(/NameNode (http\S+),/g))
    expect((await fetch(`${address}/jmx`)).status).toBe(200);
  const lists = [...said.matchAll(/^ +(HADOOP_CONF_DIR=\S+ \S+ dfs -ls .+)$/gm)].map(([, command]) => command!);
  expect(lists.map(lastNameListed)).toEqual(['part-9', 'part-9']);
  quickStart.child.kill('SIGINT');
  expect(await quickStart.ended).toBe(0);
  expect(await goneAfter(pids)).toEqual([]);
});

test('interrupted in the middle it says so, ends with 130 and leaves no process', async () => {
  quickStart = start();
  await quickStart.until(/Fill \/data/);
  quickStart.child.kill('SIGINT');
  expect(await quickStart.ended).toBe(130);
  expect(quickStart.said()).toContain('interrupted');
  const pids = pidsIn(quickStart.said());
  expect([pids.length, await goneAfter(pids)]).toEqual([6, []]);
});

test('it ends when npm, which started it, is killed', async () => {
  const npm = spawn('sh', ['-c', '"$0" "$1"; echo', process.execPath, startFile], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  quickStart = watch(npm);
  await quickStart.until(/Fill \/data/);
  npm.kill('SIGKILL');
  expect(await quickStart.ended).toBe(null);
  const pids = pidsIn(quickStart.said());
  expect([pids.length, await goneAfter(pids)]).toEqual([6, []]);
});
