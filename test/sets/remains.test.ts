import { labelAt } from '../../model/label';
import type { KnownTask, Remain } from '../../model/remains';
import type { BackupTarget } from '../../model/target';
import { dataNames } from '../../sets/layout';
import { commitManifest } from '../../sets/manifest';
import { findRemains, removeRemain, type RemainsScope } from '../../sets/remains';
import { bodyOf, namesBelow } from '../../targets/conformance/tools';
import type { MemoryFolders } from '../fakes/memory-snapshots';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { anyManifest } from './fixture';

const now = Date.UTC(2026, 10, 26, 12);
const creation = '20260101000000';
const task = `nn_${creation}`;
const data = `files_HDFS_${creation}`;
const check = '20261126110000-0123abcd';

/** A target that clusters share; uploads are objects that are only told as remains. */
function aTarget() {
  const [objects, folders, cut]: [Objects, MemoryFolders, Set<string>] = [new Map(), new Map(), new Set()];
  const inner = createMemoryTarget(objects, folders);
  const target: BackupTarget = {
    ...inner,
    async *remains(prefix) {
      for (const name of cut) if (prefix === '' || name.startsWith(`${prefix}/`)) yield { name, bytes: 3 };
    },
    clean: async (prefix) => cut.forEach((name) => name.startsWith(`${prefix}/`) && cut.delete(name)),
  };
  return { target, objects, folders, cut };
}

const own: Readonly<Record<string, KnownTask>> = {
  [task]: { lastLabel: '20260105000000' },
  [`files_${creation}`]: { lastLabel: '20260105000000' },
};

function scopeOf(more: Partial<RemainsScope> = {}): RemainsScope {
  return {
    cluster: 'c1',
    root: '',
    now,
    taskOf: (name, created) => own[`${name}_${created}`],
    isChecking: async () => false,
    ...more,
  };
}

async function remainsOn(target: BackupTarget, more: Partial<RemainsScope> = {}): Promise<Remain[]> {
  const found: Remain[] = [];
  for await (const remain of findRemains(target, scopeOf(more))) found.push(remain);
  return found;
}

/** What can be removed, in short. */
const removable = (remains: readonly Remain[]) =>
  remains.filter(({ kept }) => kept === undefined).map(({ kind, name }) => `${kind} ${name}`);

/** A set of the task in its folder. */
async function addSet(target: BackupTarget, label: string, cluster = 'c1'): Promise<void> {
  await target.put(archiveOf(task, label), bodyOf('abc'));
  const parts = { root: '', task: 'nn', creation, version: '3.3.0', writtenAs: 'NameNode', label };
  const manifest = anyManifest(parts);
  await commitManifest(target, { ...manifest, cluster: { ...manifest.cluster, id: cluster } });
}

const archiveOf = (folder: string, label: string) => `${folder}/3.3.0_NameNode_${label}.tar.gz`;

describe('an archive without a manifest', () => {
  it('is a remain where it is older than the newest set, or of a run that has ended here', async () => {
    const { target } = aTarget();
    await addSet(target, '20260103000000');
    for (const label of ['20260102000000', '20260105000000', '20260106000000'])
      await target.put(archiveOf(task, label), bodyOf('x'));
    const remains = await remainsOn(target);
    expect(removable(remains)).toEqual([
      `archive ${archiveOf(task, '20260102000000')}`,
      `archive ${archiveOf(task, '20260105000000')}`,
    ]);
    expect(remains.find(({ kept }) => kept !== undefined)).toEqual({
      kind: 'archive',
      name: archiveOf(task, '20260106000000'),
      bytes: 1,
      kept: 'it is newer than the newest set beside it, and of no run that is known here',
    });
  });

  it('of a task that nobody knows any more is one after a day, in a folder that can only be the cluster’s', async () => {
    const { target } = aTarget();
    const young = labelAt(now - 3_600_000);
    for (const label of ['20260102000000', young]) await target.put(`c1/${archiveOf(task, label)}`, bodyOf('x'));
    const remains = await remainsOn(target, { root: 'c1', taskOf: () => undefined });
    expect(removable(remains)).toEqual([`archive c1/${archiveOf(task, '20260102000000')}`]);
    expect(remains).toHaveLength(2);
  });

  it('stays when its manifest has come meanwhile', async () => {
    const { target } = aTarget();
    await target.put(archiveOf(task, '20260102000000'), bodyOf('x'));
    const [remain] = await remainsOn(target);
    await addSet(target, '20260102000000');
    await removeRemain(target, remain!, async () => undefined);
    expect(await namesBelow(target, task)).toHaveLength(2);
  });
});

describe('folders of others on a target that clusters share:', () => {
  it('what lies beside sets of another cluster is neither told nor removed, also where the names are the same', async () => {
    const { target, cut } = aTarget();
    await addSet(target, '20260103000000', 'c2');
    await target.put(archiveOf(task, '20260102000000'), bodyOf('x'));
    cut.add(`${task}/.cairn-part-1`);
    expect(await remainsOn(target)).toEqual([]);
  });

  it('what lies where neither a set nor a task tells whose it is is told, and kept', async () => {
    const { target, cut } = aTarget();
    cut.add(`strange_${creation}/.cairn-part-1`);
    expect(await remainsOn(target)).toEqual([
      {
        kind: 'upload',
        name: `strange_${creation}/.cairn-part-1`,
        bytes: 3,
        kept: 'neither a set nor a task tells whose it is',
      },
    ]);
  });

  it('folders that are below another root, and files of other people, are passed over', async () => {
    const { target, cut } = aTarget();
    await target.put(`c2/${archiveOf(task, '20260102000000')}`, bodyOf('x'));
    await target.put('photos/holiday.tar.gz', bodyOf('x'));
    cut.add('photos/.cairn-part-1').add('.cairn-part-2');
    expect(await remainsOn(target)).toEqual([]);
    expect(await remainsOn(target, { root: 'c1' })).toEqual([]);
  });
});

it('unfinished uploads of own folders are remains, and go by the folder', async () => {
  const { target, cut } = aTarget();
  cut.add(`${task}/.cairn-part-1`).add(`${task}/.cairn-part-2`).add('elsewhere/.cairn-part-3');
  const remains = await remainsOn(target);
  expect(removable(remains)).toEqual([`upload ${task}/.cairn-part-1`, `upload ${task}/.cairn-part-2`]);
  for (const remain of remains) await removeRemain(target, remain, async () => undefined);
  expect([...cut]).toEqual(['elsewhere/.cairn-part-3']);
});

describe('service data:', () => {
  async function withSnapshots(target: BackupTarget, names: readonly string[]) {
    await target.snapshots!.open(data);
    await target.put(`${data}/data/0/file`, bodyOf('x'));
    for (const name of names) await target.snapshots!.create(data, name);
  }

  it('unfinished snapshots that are older than the newest set are remains; sets and others’ snapshots are not', async () => {
    const { target } = aTarget();
    const names = [
      '20260104000000',
      'unfinished-20260103000000',
      'commit-20260105000000',
      'unfinished-20260106000000',
      'by-hand',
    ];
    await withSnapshots(target, names);
    const remains = await remainsOn(target, { root: '' });
    // Whose folder it is is told by the task: the set has no manifest here.
    expect(removable(remains)).toEqual([
      `snapshot ${data}/.snapshot/commit-20260105000000`,
      `snapshot ${data}/.snapshot/unfinished-20260103000000`,
    ]);
    for (const remain of remains.filter(({ kept }) => kept === undefined))
      await removeRemain(target, remain, async () => undefined);
    expect(await target.snapshots!.list(data)).toEqual(['20260104000000', 'by-hand', 'unfinished-20260106000000']);
    expect(dataNames(`${data}/20260104000000`).snapshot).toBe('20260104000000');
  });

  it('unfinished uploads are looked for and removed only where cairn puts objects, not among the copied files', async () => {
    const { target, cut } = aTarget();
    await withSnapshots(target, ['20260104000000']);
    const users = `${data}/data/0/.cairn-part-of-a-user`;
    cut.add(`${data}/.cairn/.cairn-part-1`).add(`${data}/.cairn/index/.cairn-part-2`).add(users);
    const remains = await remainsOn(target);
    expect(removable(remains)).toEqual([
      `upload ${data}/.cairn/.cairn-part-1`,
      `upload ${data}/.cairn/index/.cairn-part-2`,
    ]);
    for (const remain of remains) await removeRemain(target, remain, async () => undefined);
    expect([...cut]).toEqual([users]);
  });

  it.each([
    ['without any snapshot', [], true],
    ['with unfinished ones only', ['unfinished-20260103000000'], true],
    ['with an unfinished one of a run that is not known here', ['unfinished-20260106000000'], false],
    ['with a set', ['20260104000000'], false],
    ['with somebody’s snapshot', ['by-hand'], false],
  ])('copied trees %s', async (_what, names, isRemain) => {
    const { target, folders } = aTarget();
    await withSnapshots(target, names);
    const remains = (await remainsOn(target)).filter(({ kept }) => kept === undefined);
    expect(remains.some(({ kind, name }) => kind === 'folder' && name === data)).toBe(isRemain);
    for (const remain of remains) await removeRemain(target, remain, async () => undefined);
    expect(folders.has(data)).toBe(!isRemain);
  });
});

describe('the folder of a check', () => {
  const folder = `.cairn-check-c1-${check}`;

  it('is a remain when its check goes on no more: with all its bytes, found by an upload or snapshots alone, too', async () => {
    const { target, cut } = aTarget();
    await target.put(`${folder}/3/a/b`, bodyOf('four'));
    cut.add(`${folder}/4/.cairn-part-1`);
    await target.snapshots!.open(`${folder.replace('0123abcd', '99999999')}/5/task_HDFS_1`);
    const remains = await remainsOn(target);
    expect(remains).toEqual([
      { kind: 'check', name: folder, bytes: 7 },
      { kind: 'check', name: folder.replace('0123abcd', '99999999'), bytes: 0 },
    ]);
    const cleared: string[] = [];
    await removeRemain(target, remains[0]!, async (name) => void cleared.push(name));
    expect(cleared).toEqual([folder]);
  });

  it('is kept while the check goes on, and one of another cluster is passed over', async () => {
    const { target } = aTarget();
    await target.put(`${folder}/x`, bodyOf('x'));
    await target.put(`.cairn-check-c2-${check}/x`, bodyOf('x'));
    expect(await remainsOn(target, { isChecking: async (id) => id === check })).toEqual([
      { kind: 'check', name: folder, bytes: 1, kept: 'its check goes on' },
    ]);
  });
});
