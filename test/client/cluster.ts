import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSets } from '../../client/commands/set-views';
import type { RunningWorker } from '../../workers/run-worker';
import { until } from '../kit/pauses';
import { type FakeCluster, fakeCluster, openStage, type Stage, workFor } from '../kit/stage';
import { type Ended, run, type Surroundings } from './terminal';

/** A real Temporal, a worker, and the cluster `c1` whose NameNode is a folder. */
export interface Ground {
  readonly stage: Stage;
  readonly cluster: FakeCluster;
  worker: RunningWorker;
  /** Runs `cairn` with these words. */
  cairn(line: string, surroundings?: Surroundings): Promise<Ended>;
  /** Applies tasks with one source, each going to localDir. */
  apply(...names: string[]): Promise<Ended>;
  /** A run of the task to its end; gives the name of the set that it left. */
  backUp(task: string): Promise<string>;
  /** Names of the sets of a task, oldest first. */
  setsOf(task: string): Promise<string[]>;
  /** Shortens the archive of a set. */
  damage(set: string): Promise<void>;
  close(): Promise<void>;
}

/** `change` may give the cluster other plug-ins. */
export async function openGround(
  change: (cluster: FakeCluster) => FakeCluster = (same) => same,
  options: Parameters<typeof fakeCluster>[3] = {},
): Promise<Ground> {
  const stage = await openStage();
  const cluster = change(await fakeCluster(stage, 'c1', {}, options));
  const cairn: Ground['cairn'] = (line, surroundings) =>
    run(['--address', stage.temporal.address, ...line.split(' ')], surroundings);
  const setsOf = async (task: string) => {
    const { json } = await cairn(`sets list --task ${task} --json`);
    return json<RunSets[]>().flatMap(({ sets }) => sets.map(({ name }) => name));
  };
  const ground: Ground = {
    stage,
    cluster,
    worker: await workFor(cluster),
    cairn,
    setsOf,
    apply: (...names) => cairn('apply -f -', { stdin: JSON.stringify({ tasks: names.map(taskNamed) }) }),
    async backUp(task) {
      const { code, stdout, stderr } = await cairn(`task start ${task} --wait`);
      if (code !== 0) throw new Error(`${task} was not backed up: ${stdout}${stderr}`);
      return (await setsOf(task)).at(-1)!;
    },
    damage: (set) => truncate(join(cluster.localBackup, `${set}.tar.gz`), 10),
    async close() {
      await ground.worker.stop();
      await stage.close();
    },
  };
  return ground;
}

/** Until so many clusters are listed: the server's lists are a moment late. */
export async function untilListed({ cairn }: Ground, count: number): Promise<void> {
  await until(async () => (await cairn('cluster list --json')).json<object[]>().length === count);
}

export function taskNamed(name: string) {
  return { name, cluster: 'c1', sources: [{ source: 'nameNode', target: { kind: 'localDir' } }] };
}

/** A matcher for text with these words in it. */
export function saying(words: string): string {
  return expect.stringContaining(words) as string;
}
