import type { TaskView } from '../../../client';
import { newestInput } from '../../../client/rescue';
import { patienceMs } from '../../kit/pauses';
import { type Ground, openGround } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
  await ground.apply('long', 'idle');
  ground.cluster.script.dumpMs = 600_000;
});
afterAll(() => ground?.close());

async function untilProgress(): Promise<TaskView['progress']> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const tasks = (await ground.cairn('task list --json')).json<TaskView[]>();
    const { progress } = tasks.find(({ name }) => name === 'long')!;
    if (progress?.phase === 'dumping' || Date.now() > deadline) return progress;
  }
}

it('the list shows how far the run is that goes on, and tells the other tasks from it', async () => {
  await ground.cairn('task start long');
  expect(await untilProgress()).toEqual({ phase: 'dumping' });
  const { stdout } = await ground.cairn('task list');
  expect(stdout).toMatch(/^long +Running +dumping +nameNode/m);
  expect(stdout).toMatch(/^idle +Ready +- +nameNode/m);
});

it('with its worker away the list comes all the same, without it', async () => {
  // What is known without a worker is what the cluster handed on last.
  while ((await newestInput(ground.stage.client, 'c1'))?.state.running === undefined);
  await ground.worker.stop();
  const { code, stdout } = await ground.cairn('task list');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^long +Running +- +nameNode/m)]);
});
