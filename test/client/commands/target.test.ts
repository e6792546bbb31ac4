import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetCheckView } from '../../../client';
import { workflowIds } from '../../../model/names';
import { targetCases } from '../../../targets/conformance';
import { createTargetCheck } from '../../../targets/conformance/check';
import { patienceMs } from '../../kit/pauses';
import { openGround, type Ground, saying } from '../cluster';

/** A few that say enough of a command; all of them are tried once. */
const few = createTargetCheck(
  targetCases.filter(({ name }) => /^(stores an empty|tells its free|with snapshots: making)/.test(name)),
);
const most = targetCases.filter(({ name }) => !/thousand|deep/.test(name));
const all = createTargetCheck(most);

let ground: Ground;
let check = few;

beforeAll(async () => {
  ground = await openGround((cluster) => ({
    ...cluster,
    plugins: {
      ...cluster.plugins,
      targetCheck: { run: (...given) => check.run(...given), clear: (...given) => check.clear(...given) },
    },
  }));
});
afterAll(() => ground?.close());
beforeEach(() => (check = few));

const amount = String.raw`\d+(\.\d)? [KMG]?i?B`;

it('check asks for all that a target promises, in a folder that is gone afterwards', async () => {
  check = all;
  const { code, stdout, stderr } = await ground.cairn('target check localDir --mib 1');
  const lines = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => /^(ok|FAILED|not asked) /.test(line));
  expect(lines).toContain('ok         stores an empty object');
  expect(lines).toContain(
    'not asked  with snapshots: making a snapshot again changes nothing: the target has no snapshots',
  );
  const asked = most.filter(({ reachesOut }) => reachesOut !== true);
  expect(lines).toHaveLength(asked.length);
  const without = asked.filter(({ needs }) => needs === 'snapshots').length;
  expect(stdout.split('\n')).toEqual([
    'target:       localDir',
    'host:         test-host',
    expect.stringMatching(/^scratch: {6}c1\/\.cairn-check-c1-\d{14}-[0-9a-f]{8} \(removed\)$/),
    `cases:        ${asked.length - without} ok, 0 failed, ${without} not asked`,
    expect.stringMatching(new RegExp(`^write: {8}${amount}/s \\(1.0 MiB\\)$`)),
    expect.stringMatching(new RegExp(`^read: {9}${amount}/s$`)),
    expect.stringMatching(/^small files: {2}\d[\d.]* a second \(50 of 4.0 KiB\)$/),
    expect.stringMatching(/^latency: {6}\d[\d.e-]* ms \(stat, median of 20\)$/),
    'all is well',
    '',
  ]);
  expect(code).toBe(0);
  expect(await readdir(ground.cluster.localBackup)).toEqual([]);
});

it('check with --json tells the same as a document', async () => {
  const { code, stderr, json } = await ground.cairn('target check localDir --mib 1 --json');
  expect(json<TargetCheckView[]>()).toEqual([
    {
      cluster: 'c1',
      target: { kind: 'localDir' },
      host: 'test-host',
      found: {
        folder: saying('c1/.cairn-check-c1-'),
        cases: [
          { name: 'stores an empty object', outcome: 'ok' },
          { name: 'tells its free space in bytes', outcome: 'ok' },
          { name: saying('making a snapshot again'), outcome: 'notAsked', why: 'the target has no snapshots' },
        ],
        speed: expect.objectContaining({ bytes: 1024 * 1024 }) as object,
      },
    },
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

it('a target where nothing may be written is told in one sentence, and ends with 1', async () => {
  // As root, rights stop nobody: a file stands where the cluster's folder must be.
  await writeFile(join(ground.cluster.localBackup, 'c1'), '');
  const { code, stdout, stderr } = await ground.cairn('target check localDir');
  await rm(join(ground.cluster.localBackup, 'c1'));
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    /^cases: {4}not asked\nproblem: the target cannot be written to: could not store .*: E[A-Z]+ HINT: a file stands where a folder is needed/m,
  );
  expect(code).toBe(1);
});

describe('which target: ', () => {
  const file = () => join(ground.stage.folder, 'tasks.yaml');
  beforeAll(async () => {
    const remote = '{ kind: remoteHdfs, nameService: haclusterX, path: /backup }';
    await writeFile(
      file(),
      `targets: { near: { kind: localDir }, far: ${remote} }
tasks:
  - { name: one, cluster: c1, sources: [{ source: nameNode, target: near }] }
  - name: two
    cluster: c1
    sources: [{ source: nameNode, target: near }, { source: hdfs, paths: [/data], target: far }]
  - { name: other, cluster: c2, sources: [{ source: nameNode, target: near }] }`,
    );
  });
  const targetOf = async (words: string) =>
    (await ground.cairn(`target check ${words} --mib 1 --json`)).json<TargetCheckView[]>()[0]!.target;

  it('a name of the file, a task of it, nothing applied', async () => {
    expect(await targetOf(`far -f ${file()}`)).toMatchObject({ kind: 'remoteHdfs', path: '/backup' });
    expect(await targetOf(`one -f ${file()}`)).toEqual({ kind: 'localDir' });
    expect(await targetOf(`two --source hdfs -f ${file()}`)).toMatchObject({ kind: 'remoteHdfs' });
    expect(await targetOf(`near --cluster c1 -f ${file()}`)).toEqual({ kind: 'localDir' });
  });

  it('that of an applied task', async () => {
    await ground.apply('applied');
    expect(await targetOf('--task applied')).toEqual({ kind: 'localDir' });
    expect(await ground.cairn('target check --task nobody')).toMatchObject({
      code: 10,
      stderr: 'cairn: cluster c1 has no backup task "nobody" HINT: "cairn task list" shows what it has\n',
    });
  });

  it.each([
    ['', 'it is not said which target HINT: name one of -f, or a task with --task'],
    ['near --task one', 'it is not said which target'],
    ['moon', 'there is no target "moon" HINT: possible is localDir'],
    ['moon -f FILE', 'has no target and no task "moon" HINT: possible are: localDir, near, far, one, two, other'],
    [
      'two -f FILE',
      'task "two" has 2 targets: nameNode to localDir, hdfs to remoteHdfs haclusterX:/backup HINT: name one of them with --source',
    ],
    ['two --source yarn -f FILE', 'task "two" has no source "yarn" HINT: it has: nameNode, hdfs'],
    ['near -f FILE', 'the file has it for 2 clusters: c1, c2 HINT: name one with --cluster'],
    ['localDir --host moon', 'host moon does not reach localDir HINT: these do: test-host'],
    ['localDir --host a --all-hosts', '--host and --all-hosts exclude each other'],
    ['localDir --mib none', 'a whole number from 1 is allowed'],
  ])('cairn target check %s ends with 2 and says why', async (words, message) => {
    const { code, stdout, stderr } = await ground.cairn(`target check ${words}`.trim().replace('FILE', file()));
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

it('Ctrl-C stops the check, and ends with 130; the folder is gone', async () => {
  let press = (): void => undefined;
  const hanging = createTargetCheck([
    {
      name: 'hangs',
      run: async () => {
        press();
        await new Promise(() => undefined);
      },
    },
  ]);
  check = hanging;
  const { code, stderr } = await ground.cairn('target check localDir', { onStart: (ctrlC) => (press = ctrlC) });
  expect(stderr).toBe(
    'cairn: the check is stopped; its worker removes the folder HINT: "cairn sets clean" finds what may be left\n',
  );
  expect(code).toBe(130);
  await untilEmpty(ground.cluster.localBackup);
});

it('lines come while the check goes on', async () => {
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  check = createTargetCheck([
    { name: 'is quick', run: async () => undefined },
    { name: 'is slow', run: () => held },
  ]);
  const { code, stderr } = await ground.cairn('target check localDir --mib 1', {
    onStderr: (text) => text.includes('is quick') && finish(),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'ok         is quick\nok         is slow\n' });
});

it('the workflow has a page for people, and an id that its folder has in its name', async () => {
  const { json } = await ground.cairn('target check localDir --mib 1 --json');
  const [{ found }] = json<[TargetCheckView]>();
  const id = found.folder.slice(-'20260101000000-01234567'.length);
  const handle = ground.stage.client.workflow.getHandle(workflowIds.check('c1', id));
  expect((await handle.describe()).status.name).toBe('COMPLETED');
});

async function untilEmpty(folder: string): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const names = await readdir(folder);
    if (names.length === 0) return;
    if (Date.now() > deadline) throw new Error(`there is still ${names.join(', ')}`);
  }
}
