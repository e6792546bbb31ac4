import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createHostActivities } from '../../activities';
import type { Plugins } from '../../activities/plugins';
import { openSpool } from '../../sets/spool';
import { folderPart, openFolderSource } from '../fakes/folder-source';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { temporaryFolder } from '../targets/folders';

/** What the steps below are about, unless told otherwise. */
export const named = {
  task: 'nightly',
  creation: '20261122120000',
  label: '20261122120001',
  writtenAs: 'NameNode',
} as const;

export type Step = 'dumpSource' | 'archiveDump' | 'storeArchive' | 'commitSet' | 'releaseBackUp';

/** All that make a set. */
export const allSteps: readonly Step[] = ['dumpSource', 'archiveDump', 'storeArchive', 'commitSet'];

/** Does steps of a run of this cluster, one after the other, on a target at whose root sets of several clusters may lie. */
export async function stepsOf(id: string, objects: Objects, more: { readonly label?: string } = {}) {
  const data = join(temporaryFolder(), 'data');
  await mkdir(data);
  await writeFile(join(data, 'image'), `data of cluster ${id}`);
  const plugins = {
    host: 'here',
    spool: openSpool(temporaryFolder()),
    facts: () => ({ version: '3.3.0', localBackupHosts: ['here'], settings: {} }),
    openSource: () => ({ source: openFolderSource(data), parts: () => [{ ...folderPart(), part: '' }] }),
    openTarget: () => ({ target: createMemoryTarget(objects), root: '' }),
  } as unknown as Plugins;
  const activities = createHostActivities(plugins) as unknown as Record<Step, (step: object) => Promise<unknown>>;
  const about = { cluster: id, source: 'nameNode', part: '', entry: { source: 'nameNode' }, target: { kind: 'sftp' } };
  const step = { ...named, ...about, ...more, copies: 1, run: undefined };
  return async (...steps: readonly Step[]) => {
    let answer: unknown;
    for (const one of steps) answer = await new MockActivityEnvironment().run(activities[one], step);
    return answer;
  };
}
