import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupTaskView } from '../../../client';
import type { Preview } from '../../../model/preview';
import { type Ground, openGround, saying, taskNamed } from '../cluster';

const MiB = 1024 ** 2;
const day = 86_400_000;
const later = new Date((Math.floor(Date.now() / day) + 2) * day).toISOString();

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
  await mkdir(join(ground.cluster.service.hdfs, 'data'), { recursive: true });
  await writeFile(join(ground.cluster.service.hdfs, 'data', 'file'), Buffer.alloc(3 * MiB));
  const source = { source: 'hdfs', maps: 1, bandwidth: 1 };
  const target = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' };
  const periodic = { mode: 'periodic', started: later, period: { days: 1 } };
  const tasks = [
    { ...taskNamed('files'), ...periodic, sources: [{ ...source, paths: ['/data'], target }] },
    { ...taskNamed('gone'), ...periodic, sources: [{ ...source, paths: ['/gone'], target }] },
    taskNamed('metadata'),
  ];
  expect(await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks }) })).toMatchObject({ code: 0 });
});
afterAll(() => ground?.close());

const show = async (task: string) => (await ground.cairn(`task show ${task}`)).stdout;

describe('before its first success', () => {
  it('a task with service data shows what it is expected to take, from how much there is', async () => {
    expect(await show('files')).toMatch(
      /^expected: +5 s \(estimated: 3\.0 MiB of service data ÷ what its maps may take × 1\.5\)$/m,
    );
    expect((await ground.cairn('task show files --json')).json<BackupTaskView>().expected).toEqual({
      estimated: 'volume',
      seconds: 5,
      bytes: 3 * MiB,
    });
  });

  it('where it cannot be told it says why', async () => {
    expect(await show('gone')).toMatch(/^expected: +not known before its first success: there is no directory \/gone/m);
    expect(await show('metadata')).toMatch(/^expected: +not known before its first success$/m);
  });

  it('the preview tells it as estimated, with the room that its sets will take', async () => {
    const { stdout } = await ground.cairn('schedule preview --days 3');
    expect(stdout).toMatch(/ files +.* 5 s \(estimated\)/);
    expect(stdout).toContain(
      'warning: task "files" has not run yet: its length is estimated, 5 s for 3.0 MiB of service data\n',
    );
    expect(stdout).toContain('warning: task "gone" has not run yet: its length is not known, nothing is assumed\n');
    const { tasks, next } = (await ground.cairn('schedule preview --days 3 --json')).json<Preview>();
    expect(tasks).toMatchObject([
      { task: 'files', estimated: 'volume', seconds: 5, bytes: 3 * MiB },
      { task: 'gone', estimated: 'none' },
      { task: 'metadata', estimated: 'none' },
    ]);
    expect(next[0]).toMatchObject({ task: 'files', seconds: 5, estimated: true });
  });
});

it('after it, what its runs took', async () => {
  expect(await ground.cairn('task start files --wait')).toMatchObject({ code: 0 });
  expect(await show('files')).toMatch(/^expected: +\d+ s \(3\.0 MiB; the median of its latest successful runs\)$/m);
});

it('without a worker the task is shown all the same', async () => {
  await ground.worker.stop();
  const { code, stdout } = await ground.cairn('task show gone');
  expect(code).toBe(0);
  expect(stdout).toEqual(saying('expected:'));
  expect(stdout).toMatch(/not known before its first success: no worker/);
});
