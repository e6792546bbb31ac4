import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningWorker } from '../../workers/run-worker';
import { workflowIds } from '../../model/names';
import type { ChosenSet, RestorationTask } from '../../model/task';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  untilState,
  workFor,
} from '../kit/stage';

let stage: Stage;
let cluster: FakeCluster;
let worker: RunningWorker;

beforeAll(async () => {
  stage = await openStage();
  cluster = await fakeCluster(stage, 'run');
  worker = await workFor(cluster);
});

afterAll(async () => {
  await worker?.stop();
  await stage?.close();
});

async function backUp(name: string): Promise<string> {
  expect(await ask(stage, cluster.id, { do: 'start', task: name, trigger: 'manual' })).toMatchObject({
    accepted: true,
  });
  const state = await untilState(
    stage,
    cluster.id,
    ({ tasks }) => !['Waiting', 'Running'].includes(tasks[name]!.status),
  );
  return state.tasks[name]!.status;
}

test('a backup makes a set, and its restoration brings the data back', async () => {
  expect(await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id) })).toMatchObject({
    did: 'created',
  });
  expect(await backUp('nn')).toBe('Successful');
  const [folder] = await readdir(join(cluster.localBackup, cluster.id));
  const files = await readdir(join(cluster.localBackup, cluster.id, folder!));
  expect(files).toHaveLength(2);

  await writeFile(join(cluster.data, 'image'), 'lost');
  const manifest = files.find((file) => file.endsWith('.manifest.json'))!;
  const name = `${cluster.id}/${folder}/${manifest.replace('.manifest.json', '')}`;
  const { label } = JSON.parse(await readFile(join(cluster.localBackup, cluster.id, folder!, manifest), 'utf8')) as {
    label: string;
  };
  const set: ChosenSet = {
    target: { kind: 'localDir' },
    name,
    source: 'nameNode',
    part: 'hacluster',
    label,
    cluster: cluster.id,
    productVersion: '3.3.0',
  };
  const task: RestorationTask = { kind: 'restoration', name: 'back', cluster: cluster.id, sets: [set] };
  expect(await ask(stage, cluster.id, { do: 'putTask', task })).toMatchObject({ did: 'created' });
  expect(await backUp('back')).toBe('Successful');
  expect(await readFile(join(cluster.data, 'image'), 'utf8')).toBe('data of run');
  expect((await readdir(cluster.spool, { recursive: true })).filter((name) => name !== cluster.id)).toEqual([]);
  const { events } = await stage.client.workflow.getHandle(workflowIds.part(cluster.id, 'nameNode')).fetchHistory();
  expect(events!.length).toBeLessThan(150);
});
