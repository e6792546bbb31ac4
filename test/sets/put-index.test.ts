import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupTarget } from '../../model/target';
import { pruneIndex, putIndex, readStoredIndex, writeIndex } from '../../sets/tree-index';
import { temporaryFolder } from '../targets/folders';
import { all, manyLines, namesFor, placeWithSnapshots } from './data-fixture';

const names = namesFor();

describe('the index of a set that is being made', () => {
  it('lies in its folder, and in the set from the snapshot on', async () => {
    const { target, spool, index } = await prepared();
    expect(await putIndex(target, names, spool, index)).toBe(index.length);
    await target.snapshots!.create(names.folder, names.snapshot);
    for (const nameOf of [names.writtenIndex, names.index])
      expect(await all(readStoredIndex(target, nameOf, index))).toEqual(await all(manyLines(9_000)));
  });

  it('shares what the set before it left there', async () => {
    const { target, spool, index } = await prepared();
    await putIndex(target, names, spool, index);
    const puts: string[] = [];
    expect(await putIndex(noting(target, puts), names, spool, index)).toBe(0);
    expect(puts).toEqual([]);
    const changed = await writeIndex(manyLines(9_000, 8_999), spool);
    const fresh = changed.index.filter((one) => !index.some(({ sha256 }) => one.sha256 === sha256));
    expect(await putIndex(noting(target, puts), names, spool, changed.index)).toBe(fresh.length);
    expect(puts).toEqual(fresh.map(({ sha256 }) => names.writtenIndex(sha256)));
  });

  it('is put again where other bytes have its name and its size', async () => {
    const { target, folders, spool, index } = await prepared();
    await putIndex(target, names, spool, index);
    const [{ sha256, bytes }] = index as [(typeof index)[number]];
    folders.get(names.folder)!.live.set(`.cairn/index/${sha256}`, { content: Buffer.alloc(bytes) });
    expect(await putIndex(target, names, spool, index)).toBe(1);
    expect(await all(readStoredIndex(target, names.writtenIndex, index))).toHaveLength(9_010);
  });

  it('is corrupt when it is damaged in the spool, or comes back with other bytes than were put', async () => {
    const { target, spool, index } = await prepared();
    const forgetful = { ...target, put: async (name: string) => ({ name, bytes: 0 }) };
    await expect(putIndex(forgetful, names, spool, index)).rejects.toMatchObject({ kind: 'corrupt' });
    await writeFile(join(spool, index[0]!.sha256), 'other bytes');
    await expect(putIndex(target, names, spool, index)).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('loses, when it is pruned, what only older sets need; they keep it', async () => {
    const { target, folders, spool, index } = await prepared();
    await putIndex(target, names, spool, index);
    folders.get(names.folder)!.live.set('.cairn/index/notes', { content: Buffer.from('not ours') });
    await target.snapshots!.create(names.folder, names.snapshot);
    const kept = index.slice(1);
    expect(await pruneIndex(target, names, kept)).toBe(1);
    expect(await pruneIndex(target, names, kept)).toBe(0);
    expect(await target.stat(names.writtenIndex(index[0]!.sha256))).toBeUndefined();
    expect(await target.stat(names.writtenIndex('notes'))).toBeDefined();
    expect(await all(readStoredIndex(target, names.index, index))).toHaveLength(9_010);
  });

  it('is pruned before there is any', async () => {
    const { target } = await prepared();
    expect(await pruneIndex(target, names, [])).toBe(0);
  });
});

async function prepared() {
  const place = placeWithSnapshots();
  await place.target.snapshots!.open(names.folder);
  const spool = temporaryFolder();
  const { index } = await writeIndex(manyLines(9_000), spool);
  expect(index.length).toBeGreaterThan(1);
  return { ...place, spool, index };
}

function noting(target: BackupTarget, puts: string[]): BackupTarget {
  return { ...target, put: (name, body, control) => (puts.push(name), target.put(name, body, control)) };
}
