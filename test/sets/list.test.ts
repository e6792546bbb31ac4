import { Readable } from 'node:stream';
import { BackupError } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { setNames, type SetParts } from '../../sets/layout';
import { isDamaged, listRemains, listSets } from '../../sets/list';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { addSet, parts, targetWithSet } from './fixture';

describe('a list of sets', () => {
  it('tells of each what its manifest says', async () => {
    const { target, objects, names, manifest } = await targetWithSet();
    expect(await all(listSets(target, ''))).toEqual([
      {
        name: names.name,
        label: '20240301120000',
        task: 'nightly_1',
        creation: '20240101000000',
        cluster: '1',
        source: 'nameNode',
        part: 'ns2',
        family: 'metadata',
        productVersion: '3.3.0-LTS.1',
        bytes: manifest.archive.bytes + objects.get(names.manifest)!.length,
        verified: 'readBack',
      },
    ]);
  });

  it('has those below the prefix, of whatever task and cluster', async () => {
    const target = createMemoryTarget();
    const one = await addSet(target, { root: '1' });
    const two = await addSet(target, { root: '2' });
    const three = await addSet(target, { root: '2', task: 'weekly' });
    expect(await listed(target, '')).toEqual([one, two, three]);
    expect(await listed(target, '2')).toEqual([two, three]);
    expect(await listed(target, '2/weekly_20240101000000')).toEqual([three]);
    expect(await listed(target, '3')).toEqual([]);
  });

  it('shows a damaged set with what is wrong, among the sound ones', async () => {
    const objects: Objects = new Map();
    const target = createMemoryTarget(objects);
    const damaged = setNames({ ...parts, label: '20240302000000' });
    objects.set(damaged.manifest, Buffer.from('{}'));
    const sound = await addSet(target, {});
    const [first, second] = await all(listSets(target, ''));
    expect(first).toEqual({
      name: damaged.name,
      label: '20240302000000',
      task: 'nightly_1',
      creation: '20240101000000',
      problem: `the manifest ${damaged.manifest} is damaged: its end is missing`,
    });
    expect(second).toMatchObject({ name: sound });
    expect([first!, second!].map(isDamaged)).toEqual([true, false]);
  });

  it('shows a set that was put under the name of another one as damaged', async () => {
    const { target, objects, names } = await targetWithSet();
    const elsewhere = setNames({ ...parts, task: 'other' });
    objects.set(elsewhere.manifest, objects.get(names.manifest)!);
    const damaged = (await all(listSets(target, ''))).filter(isDamaged);
    expect(damaged).toMatchObject([{ name: elsewhere.name, problem: expect.stringContaining('field "task.name"') }]);
  });

  it('passes over foreign files and archives', async () => {
    const objects: Objects = new Map();
    for (const name of ['readme.txt', 'x.manifest.json', setNames(parts).archive]) objects.set(name, Buffer.from('x'));
    expect(await all(listSets(createMemoryTarget(objects), ''))).toEqual([]);
  });

  it('leaves out a set that was removed since its name was seen', async () => {
    const { target } = await targetWithSet();
    const racing = withGet(target, new BackupError('missing', 'gone'));
    expect(await all(listSets(racing, ''))).toEqual([]);
  });

  it('shows a set whose manifest may not be read, with the reason', async () => {
    const { target } = await targetWithSet();
    const refusing = withGet(target, new BackupError('denied', 'no right to read'));
    expect(await all(listSets(refusing, ''))).toMatchObject([{ problem: 'no right to read' }]);
  });

  it('ends with an error when the target does not answer: an unknown set is not a damaged one', async () => {
    const { target } = await targetWithSet();
    const silent = withGet(target, new BackupError('unavailable', 'no answer'));
    await expect(all(listSets(silent, ''))).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a list of remains', () => {
  it('has the archives that no manifest made a set', async () => {
    const target = createMemoryTarget();
    await addSet(target, {});
    const left = await addArchive(target, { label: '20240302000000' });
    expect(await all(listRemains(target, ''))).toEqual([{ name: left, bytes: 3 }]);
    expect(await all(listRemains(target, 'elsewhere'))).toEqual([]);
  });

  it('has no archive whose manifest is damaged: it may be brought back', async () => {
    const { target, objects, names } = await targetWithSet();
    objects.set(names.manifest, Buffer.from('{}'));
    expect(await all(listRemains(target, ''))).toEqual([]);
  });

  it('has no foreign archives', async () => {
    const target = createMemoryTarget(new Map([['a_20240101000000/mine.tar.gz', Buffer.from('x')]]));
    expect(await all(listRemains(target, ''))).toEqual([]);
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function listed(target: BackupTarget, prefix: string): Promise<string[]> {
  return (await all(listSets(target, prefix))).map(({ name }) => name).sort();
}

async function addArchive(target: BackupTarget, of: Partial<SetParts>): Promise<string> {
  const { archive } = setNames({ ...parts, ...of });
  await target.put(archive, { open: () => Promise.resolve(Readable.from([Buffer.from('abc')])) });
  return archive;
}

function withGet(target: BackupTarget, error: Error): BackupTarget {
  return { ...target, get: () => Promise.reject(error) };
}
