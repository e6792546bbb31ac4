import type { BackupTarget } from '../../../model/target';
import type { TaskHistory } from '../../../client';
import { patienceMs } from '../../kit/pauses';
import { type Ground, openGround } from '../cluster';

const GiB = 1024 ** 3;

/** A target whose objects are told to be larger than they are. */
function swollen(target: BackupTarget): BackupTarget {
  return {
    ...target,
    async *list(prefix) {
      for await (const stored of target.list(prefix)) yield { ...stored, bytes: 300 * GiB };
    },
  };
}

let ground: Ground;
beforeAll(async () => {
  ground = await openGround((cluster) => {
    const { plugins } = cluster;
    const openTarget: typeof plugins.openTarget = (id, spec) => {
      const opened = plugins.openTarget(id, spec);
      return { ...opened, target: swollen(opened.target) };
    };
    return { ...cluster, plugins: { ...plugins, openTarget } };
  });
  await ground.apply('default-c1', 'other');
});
afterAll(() => ground?.close());

const note = /nameNode hacluster: warning: its sets of nameNode take 600.0 GiB of LocalBackup.*at most 480.0 GiB/;

test('a default task whose sets take more than the product expects succeeds, and says so', async () => {
  const { code, stdout } = await ground.cairn('task start default-c1 --wait');
  expect(code).toBe(0);
  expect(stdout).toMatch(note);
});

test('its history tells it later', async () => {
  const deadline = Date.now() + patienceMs;
  const history = async () => (await ground.cairn('task history default-c1 --json')).json<TaskHistory>().runs;
  while ((await history())[0]?.notes === undefined && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const { label } = (await history())[0]!;
  const { stdout } = await ground.cairn('task history default-c1');
  expect(stdout.split('\n').find((line) => line.startsWith(`${label} nameNode`))).toMatch(note);
});

test('of any other task nothing is said', async () => {
  const { code, stdout } = await ground.cairn('task start other --wait');
  expect([code, stdout]).toEqual([0, expect.not.stringContaining('warning')]);
});
