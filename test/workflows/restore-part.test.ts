import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseShortRun } from '../../model/cluster-state';
import { BackupError } from '../../model/errors';
import { workflowIds } from '../../model/names';
import type { ChosenSet } from '../../model/task';
import { resultOfRun } from '../../client/run-result';
import { folderPart, openFolderSource, type Script } from '../fakes/folder-source';
import { fakePlugins } from '../kit/fake-plugins';
import { until } from '../kit/pauses';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  stateOf,
  untilState,
  workFor,
} from '../kit/stage';

/** A source of two hosts, as the manager is: its set lies on one of them, and each has a worker. */
let stage: Stage;
let here: FakeCluster;
let there: FakeCluster;
let set: ChosenSet;

beforeAll(async () => {
  stage = await openStage();
  const cluster = await fakeCluster(stage, 'c1', {}, { host: 'here' });
  [here, there] = [onHost(cluster, 'here'), onHost(cluster, 'there')];
  for (const one of [here, there]) await workFor(one);
  await ask(stage, 'c1', { do: 'putTask', task: folderTask('c1', 'nn') });
  set = await newSet();
});
afterAll(() => stage?.close());

function onHost(cluster: FakeCluster, host: string): FakeCluster {
  const config = { ...cluster.config, host };
  const script: Script = { errors: {}, calls: { dump: 0, load: 0, revert: 0, mostAtOnce: 0 } };
  const source = openFolderSource(cluster.data, script);
  const parts = () => [{ ...folderPart(), loadHosts: ['here', 'there'] }];
  return {
    ...cluster,
    config,
    script,
    plugins: { ...fakePlugins(config, cluster.data, script), openSource: () => ({ source, parts }) },
  };
}

async function newSet(): Promise<ChosenSet> {
  await ask(stage, 'c1', { do: 'start', task: 'nn', trigger: 'manual' });
  const { tasks } = await untilState(stage, 'c1', ({ tasks }) => tasks['nn']!.status === 'Successful');
  const { creation, runs } = tasks['nn']!;
  const { label } = parseShortRun(runs[0]!);
  const name = `c1/nn_${creation}/3.3.0_NameNode_${label}`;
  const [source, part] = ['nameNode', 'hacluster'] as const;
  return { target: { kind: 'localDir' }, name, source, part, label, cluster: 'c1', productVersion: '3.3.0' };
}

const start = async (name: string) => {
  await ask(stage, 'c1', { do: 'putTask', task: { kind: 'restoration', name, cluster: 'c1', sets: [set] } });
  expect(await ask(stage, 'c1', { do: 'start', task: name, trigger: 'manual' })).toMatchObject({ accepted: true });
};
const image = () => join(here.data, 'image');

test('what earlier restorations kept is dropped on each host; where that fails, the restoration is Successful with a note', async () => {
  await writeFile(image(), 'changed');
  here.script.errors = { forget: [new BackupError('denied', 'not mine')] };
  there.script.errors = { forget: [new BackupError('denied', 'not mine either')] };
  await start('back');
  await untilState(stage, 'c1', ({ tasks }) => tasks['back']!.status === 'Successful');
  const { ended } = await stateOf(stage, 'c1');
  const { parts } = (await resultOfRun(stage.client, 'c1', ended.at(-1)!.runId!))!;
  expect(parts).toMatchObject([
    {
      outcome: 'Successful',
      notes: [
        'what earlier restorations kept could not be removed: not mine',
        'what earlier restorations kept could not be removed: not mine either',
      ],
    },
  ]);
  expect(await readFile(image(), 'utf8')).toBe('data of c1');
  expect(here.script.calls!.revert + there.script.calls!.revert).toBe(0);
});

test('a run that was terminated is reverted by the host that it ran on, though another one is asked first', async () => {
  await writeFile(image(), 'changed');
  here.script.loadMs = 60_000;
  const loads = here.script.calls!.load;
  await start('killed');
  await until(() => here.script.calls!.load > loads);
  here.script.errors = { revert: [new BackupError('precondition', 'it ran on another host')] };
  await stage.client.workflow.getHandle(workflowIds.run('c1')).terminate('by hand');
  await untilState(stage, 'c1', ({ tasks, running }) => tasks['killed']!.status === 'Failed' && !running);
  expect(await readFile(image(), 'utf8')).toBe('changed');
  expect([here.script.calls!.revert, there.script.calls!.revert]).toEqual([1, 1]);
});

test('a spool that cannot be cleared hides nothing of what became of the restoration', async () => {
  const cleared = here.plugins.spool.remove;
  const remove = jest
    .spyOn(here.plugins.spool, 'remove')
    .mockImplementation((key) =>
      key.label === set.label ? cleared(key) : Promise.reject(new BackupError('denied', 'not my spool')),
    );
  here.script.loadMs = 0;
  await writeFile(image(), 'changed');
  await start('well');
  await untilState(stage, 'c1', ({ tasks, running }) => tasks['well']!.status === 'Successful' && !running);
  expect(await readFile(image(), 'utf8')).toBe('data of c1');

  here.script.errors = { load: [new BackupError('denied', 'full')], revert: [new BackupError('denied', 'not back')] };
  await start('badly');
  const { ended, alarms } = await untilState(
    stage,
    'c1',
    ({ tasks, running }) => tasks['badly']!.status === 'Failed' && !running,
  );
  const { parts } = (await resultOfRun(stage.client, 'c1', ended.at(-1)!.runId!))!;
  expect(parts).toMatchObject([{ outcome: 'Failed', reason: 'full', revertFailed: true }]);
  expect(alarms.map(({ id }) => id)).toContain('12035');
  remove.mockRestore();
});
