import type { RunSets } from '../../../client/commands/set-views';
import type { Created, RestorationView, TaskView } from '../../../client';
import { newestInput } from '../../../client/rescue';
import { BackupError } from '../../../model/errors';
import { workflowIds } from '../../../model/names';
import { openGround, type Ground, saying, taskNamed } from '../cluster';
import { createDataGround, dataTarget } from '../service-data';
import { untilEnded, workFor } from '../../kit/stage';

const data = createDataGround();
let ground: Ground;
let task: TaskView;
let metadataSet: string;
let set: string;

/** A task with both families, whose run made a set of metadata; one of service data is put beside it. */
beforeAll(async () => {
  ground = await openGround((cluster) => data.with(cluster));
  await ground.apply('both');
  metadataSet = await ground.backUp('both');
  const hdfs = (path: string) => ({ source: 'hdfs', paths: ['/data/a', '/data/b'], target: dataTarget(path) });
  const both = { ...taskNamed('both'), sources: [...taskNamed('both').sources, hdfs('/near')] };
  const far = { ...taskNamed('far'), sources: [hdfs('/far')] };
  const { code, stdout } = await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks: [both, far] }) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: saying('changed') });
  task = (await ground.cairn('task show both --json')).json<TaskView>();
  const { creation } = task;
  set = await data.makeSet('/near', { task: 'both', creation, label: metadataSet.slice(-14) });
});
afterAll(() => ground?.close());
beforeEach(() => {
  data.lost.clear();
  data.held.clear();
  data.script.errors = {};
});

describe('sets of both families', () => {
  it('are listed as one run', async () => {
    const [run, ...others] = (await ground.cairn('sets list --json')).json<RunSets[]>();
    expect(others).toEqual([]);
    expect(run!.sets.map(({ name }) => name).sort()).toEqual([set, metadataSet].sort());
    expect((await ground.cairn('sets list')).stdout).toMatch(/hdfs \/data\/a, \/data\/b +service data +4\.0 KiB/);
  });

  it('show tells what each directory holds', async () => {
    const { stdout } = await ground.cairn(`sets show ${set}`);
    expect(stdout).toMatch(/^data\/1 +\/data\/b +3 +1 +2\.0 KiB +1$/m);
    expect(stdout).toMatch(/^target: +remoteHdfs haclusterX:\/near$/m);
  });

  it('verify of a copy on another target answers for the copy, while that of the set under the same name goes on', async () => {
    const { creation } = task;
    expect(await data.makeSet('/copy', { task: 'both', creation, label: metadataSet.slice(-14) })).toBe(set);
    let goOn = () => {};
    const over = new Promise<void>((resolve) => (goOn = resolve));
    const begun = new Promise<void>((resolve) => data.held.set('/near', () => (resolve(), over)));
    const verify = (path: string) => ground.cairn(`sets verify ${set} --target remoteHdfs:haclusterX:${path} --json`);
    const ofSet = verify('/near');
    await begun;
    expect((await verify('/copy')).json()).toMatchObject([{ name: set, level: 'content' }]);
    goOn();
    expect((await ofSet).json()).toMatchObject([{ name: set, level: 'content' }]);
  }, 60_000);

  it('are taken together by a run, and singly by a source', async () => {
    const all = await ground.cairn('restoration create all --run both@latest --json');
    expect([...all.json<Created>().sets].sort()).toEqual([set, metadataSet].sort());
    const one = await ground.cairn('restoration create one --run both@latest --source hdfs --json');
    expect(one.json()).toMatchObject({ sets: [set] });
  });
});

it('a set whose task is gone is restored by its path, its recovery point and its target, without a file', async () => {
  const label = '20260102000000';
  const lost = await data.makeSet('/near', { task: 'gone', creation: '20260101000000', label });
  const words = `--target remoteHdfs:haclusterX:/near --backup-path /near/gone_HDFS_20260101000000`;
  expect((await ground.cairn('sets list')).stdout).not.toContain(lost);
  expect((await ground.cairn('sets list --target remoteHdfs:haclusterX:/near')).stdout).toContain(lost);
  const made = await ground.cairn(`restoration create gone ${words} --recovery-point ${label} --path /data/a --json`);
  expect(made.json()).toMatchObject({ sets: [lost] });
  expect((await ground.cairn('restoration show gone --json')).json()).toMatchObject({
    spec: { sets: [{ name: lost, target: dataTarget('/near'), paths: [{ path: '/data/a', to: '/data/a' }] }] },
  });
});

describe('a target that cannot be looked at', () => {
  it('does not hide the sets of the others; it is told, and the list ends with 3', async () => {
    data.lost.set('/far', new BackupError('denied', 'the NameNode does not let us in', { hint: 'ask for the right' }));
    const { code, stdout, stderr } = await ground.cairn('sets list');
    expect(stdout).toContain(set);
    expect(stdout).toContain(metadataSet);
    expect(stderr).toBe(
      'cairn: the sets on remoteHdfs haclusterX:/far cannot be listed: the NameNode does not let us in HINT: ask for the right\n',
    );
    expect(code).toBe(3);
    const asJson = await ground.cairn('sets list --json');
    expect(asJson.json<RunSets[]>()).toHaveLength(1);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { kind: 'denied' } });
    expect(asJson.code).toBe(3);
  });

  it('that does not answer is given up after a while, with its reason', async () => {
    data.lost.set('/far', new BackupError('unavailable', 'no NameNode answers'));
    const { code, stderr } = await ground.cairn('sets list');
    expect(stderr).toContain('remoteHdfs haclusterX:/far cannot be listed: no NameNode answers');
    expect(code).toBe(3);
  });

  it('is the error when there is no other', async () => {
    data.lost.set('/far', new BackupError('denied', 'not let in'));
    expect(await ground.cairn('sets list --task far')).toMatchObject({
      code: 12,
      stdout: '',
      stderr: saying('not let in'),
    });
  });

  it('is told with all others when none can be looked at', async () => {
    const denied = (what: string) => new BackupError('denied', what);
    data.lost.set('/near', denied('not let in')).set('/far', denied('neither here'));
    const sources = [
      { source: 'nameNode', target: dataTarget('/near') },
      { source: 'hdfs', paths: ['/x'], target: dataTarget('/far') },
    ];
    await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks: [{ ...taskNamed('lost'), sources }] }) });
    const { code, stdout, stderr } = await ground.cairn('sets list --task lost');
    expect(stderr).toMatch(/none of 2 targets can be looked at:\n {2}.*: not let in\n {2}.*: neither here\n/);
    expect({ code, stdout }).toEqual({ code: 12, stdout: '' });
    expect((await ground.cairn('task delete lost')).code).toBe(0);
  });

  it('does not hinder who names a set elsewhere, but who asks for all of a run', async () => {
    data.lost.set('/near', new BackupError('denied', 'not let in'));
    expect((await ground.cairn(`sets show ${metadataSet}`)).code).toBe(0);
    expect((await ground.cairn(`restoration create named --set ${metadataSet} --json`)).code).toBe(0);
    expect(await ground.cairn('restoration create whole --run both@latest')).toMatchObject({
      code: 12,
      stderr: saying('not let in'),
    });
    expect(await ground.cairn(`sets show ${set}`)).toMatchObject({ code: 12, stderr: saying('not let in') });
  });

  it('of another task does not hinder who asks for a run of this one', async () => {
    data.lost.set('/far', new BackupError('denied', 'not let in'));
    expect((await ground.cairn('restoration create both1 --run both@latest --json')).code).toBe(0);
  });
});

describe('a restoration of service data', () => {
  it('is made with directories, places and limits', async () => {
    const words = '--path /data/b --to /data/b=/back/b --queue slow --maps 3 --bandwidth 7';
    const made = await ground.cairn(`restoration create placed --set ${set} ${words}`);
    expect(made.stdout).toContain('  /back/b (from /data/b): nothing is there');
    expect((await ground.cairn('restoration show placed --json')).json()).toMatchObject({
      spec: {
        sets: [{ name: set, paths: [{ path: '/data/b', to: '/back/b' }] }],
        limits: { queue: 'slow', maps: 3, bandwidth: 7 },
      },
    });
  });

  it.each([
    ['--path /data/c', 10, 'does not hold /data/c HINT: it holds /data/a, /data/b'],
    ['--to /data/a=/data/b/x', 2, 'would go to'],
    ['--maps 2001', 2, 'maps: found 2001; allowed: at most 2000'],
    ['--queue ../x', 2, 'queue: found "../x"; allowed: the name of a Yarn queue'],
  ])('create %s ends with %i, and makes nothing', async (words, code, message) => {
    expect(await ground.cairn(`restoration create bad --set ${set} ${words}`)).toMatchObject({
      code,
      stderr: saying(message),
    });
    expect((await ground.cairn('restoration show bad')).code).toBe(10);
  });

  it.each(['--path /data/a', '--maps 3'])('metadata takes no %s', async (words) => {
    expect(await ground.cairn(`restoration create bad --set ${metadataSet} ${words}`)).toMatchObject({ code: 2 });
  });

  it('tells what is there now when it is made, shown, and started without --yes, and changes nothing', async () => {
    await data.write('/data/a/live', 'x'.repeat(100));
    const there = 'data/a: 1 file and 1 directory, 100 B, there now are replaced; it is renamed aside';
    const nothing = '  /data/b: nothing is there';
    for (const [command, code] of [
      [`create told --set ${set}`, 0],
      ['show told', 0],
      ['start told', 2],
    ] as const) {
      const ended = await ground.cairn(`restoration ${command}`);
      expect(ended.stdout + ended.stderr).toContain(there);
      expect(ended.stdout + ended.stderr).toContain(nothing);
      expect(ended.code).toBe(code);
    }
    expect((await ground.cairn('restoration show told --json')).json<RestorationView>()).toMatchObject({
      status: 'Ready',
      replaces: [saying('directories in HDFS of cluster c1'), saying(there), nothing, saying('about 4.0 KiB more')],
    });
    expect(data.script.calls).not.toContain('prepare');
  });

  it('that would be refused now is made, and says so each time', async () => {
    const refuse = () => {
      const hint = 'wait for it';
      data.script.errors = { describeReplaced: [new BackupError('precondition', 'a file is in the way', { hint })] };
    };
    const words = 'it could not be started now: a file is in the way HINT: wait for it';
    refuse();
    const made = (await ground.cairn(`restoration create later --set ${set} --json`)).json<Created>();
    expect(made).toMatchObject({ did: 'created', obstacle: 'a file is in the way HINT: wait for it' });
    refuse();
    expect(await ground.cairn('restoration start later')).toMatchObject({ code: 2, stderr: saying(words) });
    refuse();
    expect((await ground.cairn('restoration show later')).stdout).toContain(words);
    expect((await ground.cairn('restoration show later')).stdout).not.toContain('could not be started');
  });

  it('whose set has gone says so, instead of what it would replace', async () => {
    data.lost.set('/near', new BackupError('missing', 'the set is not there'));
    const { stdout } = await ground.cairn('restoration show told');
    expect(stdout).toMatch(/all directories of the set.*\n +it could not be started now: .* it is not there/);
  });

  it('start --yes leaves it to the run to look', async () => {
    data.script.calls!.length = 0;
    data.script.errors = { checkRestore: [new BackupError('precondition', 'a file is in the way')] };
    const { code, stdout, stderr } = await ground.cairn('restoration start told --yes --wait');
    expect(stderr).toContain('"told" replaces:\n  all directories of the set');
    expect(stdout).toContain('\nhdfs: a file is in the way');
    expect(code).toBe(1);
    expect(data.script.calls).not.toContain('describeReplaced');
  });
});

it('delete of a task with service data says that its snapshots go, and by which workflow', async () => {
  const { creation } = (await ground.cairn('task show far --json')).json<TaskView>();
  const id = workflowIds.releaseTask('c1', 'far', creation);
  const { stdout, code } = await ground.cairn('task delete far');
  expect(stdout).toBe(
    `"far": deleted; its sets stay\nthe snapshots that it kept in the cluster are given up by the workflow ${id}\n`,
  );
  expect(code).toBe(0);
  await untilEnded(ground.stage, id);
  expect(data.script.calls).toContain('keepNewest');
});

it('without a worker a restoration is shown as its task tells, and why no more is known', async () => {
  await untilKnownAs('Failed');
  await ground.worker.stop();
  const { code, stdout } = await ground.cairn('restoration show told');
  expect(stdout).toMatch(/all directories of the set.*\n +nobody could look what is there now: /);
  expect(code).toBe(0);
  ground.worker = await workFor(ground.cluster);
});

/** Without a worker a task is told as the cluster's workflow handed it on last, which it does a second after a change. */
async function untilKnownAs(status: string): Promise<void> {
  for (;;) {
    const known = await newestInput(ground.stage.client, 'c1');
    if (known?.state.tasks['told']?.status === status) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
