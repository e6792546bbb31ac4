import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cleaned } from '../../../client';
import { stateOf, untilState } from '../../kit/stage';
import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
let set: string;
let folder: string;

beforeAll(async () => {
  ground = await openGround();
  await ground.apply('nn');
  set = await ground.backUp('nn');
  folder = dirname(set);
});
afterAll(() => ground?.close());

async function leave(name: string, bytes = 5): Promise<void> {
  const path = join(ground.cluster.localBackup, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'x'.repeat(bytes));
}

const filesIn = async () =>
  (await readdir(ground.cluster.localBackup, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ground.cluster.localBackup.length + 1))
    .sort();

/** The name of the task's archive with this label. */
const archive = (label: string) => `${set.slice(0, -14)}${label}.tar.gz`;
const scratch = 'c1/.cairn-check-c1-20010101000000-0123abcd';

it('where nothing remains that is said, with and without --yes', async () => {
  for (const words of ['sets clean', 'sets clean --yes'])
    expect(await ground.cairn(words)).toEqual(
      expect.objectContaining({ code: 0, stdout: 'localDir (from host test-host): nothing remains\n', stderr: '' }),
    );
});

it('lists what remains and removes it only with --yes; sets and other clusters stay', async () => {
  const before = await filesIn();
  await leave(archive('20010101000000'), 2048);
  await leave(`${folder}/.cairn-part-0123456789abcdef-0011223344556677`, 1024);
  await leave(`${scratch}/3/a`);
  const kept = [archive('29990101000000'), 'c2/nn_20010101000000/.cairn-part-1', 'photos/holiday.tar.gz'];
  for (const name of kept) await leave(name);
  const lines = [
    'what                        bytes    name',
    `archive without a manifest  2.0 KiB  ${archive('20010101000000')}`,
    `archive without a manifest  5 B      ${archive('29990101000000')}  kept: it is newer than the newest set beside it, and of no run that is known here`,
    `unfinished upload           1.0 KiB  ${folder}/.cairn-part-0123456789abcdef-0011223344556677`,
    `folder of a check           5 B      ${scratch}`,
    '',
  ];
  const spaceless = (text: string) => text.split('\n').map((line) => line.trimEnd().replace(/  +/g, '  '));

  const listed = await ground.cairn('sets clean');
  expect(spaceless(listed.stdout)).toEqual([
    'localDir (from host test-host): 3 remains, 3.0 KiB HINT: --yes removes them',
    ...lines.map((line) => line.replace(/  +/g, '  ')),
  ]);
  expect(listed.code).toBe(0);
  expect(await filesIn()).toHaveLength(before.length + 6);

  const { json } = await ground.cairn('sets clean --task nn --json');
  expect(json<Cleaned[]>()).toMatchObject([
    { target: { kind: 'localDir' }, host: 'test-host', found: { count: 3, removed: 0, more: 0, bytes: 3077 } },
  ]);

  const cleaned = await ground.cairn('sets clean --yes');
  expect(spaceless(cleaned.stdout)).toEqual([
    'localDir (from host test-host): 3 of 3 remains removed, 3.0 KiB',
    ...lines.map((line) => line.replace(/  +/g, '  ')),
  ]);
  expect(cleaned.code).toBe(0);
  expect(await filesIn()).toEqual([...before, ...kept].sort());
  expect((await ground.cairn(`sets verify ${set}`)).code).toBe(0);
  expect((await stateOf(ground.stage, 'c1')).paused).toBeUndefined();
});

it('is refused while a run goes on, with and without --yes, and ends with 11', async () => {
  await leave(`${folder}/.cairn-part-1`);
  ground.cluster.script.dumpMs = 600_000;
  await ground.cairn('task start nn');
  const { running } = await untilState(ground.stage, 'c1', (state) => state.running !== undefined);
  for (const words of ['sets clean', 'sets clean --yes', 'sets clean --target localDir --yes'])
    expect(await ground.cairn(words)).toMatchObject({
      code: 11,
      stdout: '',
      stderr: `cairn: the run ${running!.label} of task "nn" goes on: what it makes looks like remains HINT: ask again when it has ended; "cairn task list" tells\n`,
    });
  expect(await filesIn()).toContain(`${folder}/.cairn-part-1`);
  await ground.cairn('task stop nn');
  await untilState(ground.stage, 'c1', (state) => state.running === undefined && state.queue.length === 0);
  await leave(`${folder}/.cairn-part-2`);
  expect(await ground.cairn('sets clean --yes')).toMatchObject({ code: 0, stdout: saying('1 of 1 remain removed') });
});

it('a task that nobody knows ends with 10, a target that none is and two hosts with 2', async () => {
  expect((await ground.cairn('sets clean --task nobody')).code).toBe(10);
  expect((await ground.cairn('sets clean --target moon')).code).toBe(2);
  expect((await ground.cairn('sets clean --host a --all-hosts')).code).toBe(2);
  expect(await ground.cairn('sets clean --host moon')).toMatchObject({
    code: 2,
    stderr: 'cairn: localDir cannot be cleaned: host moon does not reach localDir HINT: these do: test-host\n',
  });
});
