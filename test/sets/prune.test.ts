import { setFolder, setNames, type SetParts } from '../../sets/layout';
import { listRemains, listSets } from '../../sets/list';
import { removeRemains, removeSet } from '../../sets/prune';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { addSet, parts } from './fixture';

const label = '20240302000000';

describe('removing a set', () => {
  it('takes its manifest and its archive, and nothing else', async () => {
    const { objects, target } = place();
    const [name, other] = [await addSet(target, {}), await addSet(target, { label })];
    await removeSet(target, name);
    expect([...objects.keys()].sort()).toEqual([`${other}.manifest.json`, `${other}.tar.gz`]);
  });

  it('takes the manifest first: cut off in between, it is remains and no half set', async () => {
    const { target } = place();
    const name = await addSet(target, {});
    let removals = 0;
    const dying = {
      ...target,
      remove: async (object: string) => {
        if ((removals += 1) === 2) throw new Error('killed');
        await target.remove(object);
      },
    };
    await expect(removeSet(dying, name)).rejects.toThrow('killed');
    expect(await count(listSets(target, ''))).toBe(0);
    expect(await count(listRemains(target, ''))).toBe(1);
    await removeSet(target, name);
    expect(await count(target.list(''))).toBe(0);
  });

  it('may be repeated', async () => {
    const { target, objects } = place();
    const name = await addSet(target, {});
    await removeSet(target, name);
    await removeSet(target, name);
    expect(objects.size).toBe(0);
  });

  it.each(['', '..', 'nightly_1_20240101000000', '../nightly_1_20240101000000/3.3.0_NameNode_20240301120000'])(
    'refuses the name %j',
    async (name) => {
      await expect(removeSet(place().target, name)).rejects.toMatchObject({ kind: 'invalid' });
    },
  );
});

describe('removing the remains of a run', () => {
  it('takes its archives without a manifest; sets, other runs and other tasks stay', async () => {
    const { target, objects } = place();
    const stay = [
      `${await addSet(target, { label, writtenAs: 'NameNode' })}.tar.gz`,
      leave(objects, { label: '20240303000000' }),
      leave(objects, { label, task: 'other' }),
    ];
    const go = [leave(objects, { label }), leave(objects, { label, writtenAs: 'OMS' })];
    expect(await removeRemains(target, setFolder(parts), label)).toEqual(go);
    expect([...objects.keys()].filter((name) => name.endsWith('.tar.gz'))).toEqual(stay);
    expect(await removeRemains(target, setFolder(parts), label)).toEqual([]);
  });

  it('has the target drop what cut-off uploads left in the folder', async () => {
    const cleaned: string[] = [];
    const target = { ...place().target, clean: async (prefix: string) => void cleaned.push(prefix) };
    await removeRemains(target, setFolder(parts), label);
    expect(cleaned).toEqual([setFolder(parts)]);
  });

  it('refuses a label that is none', async () => {
    await expect(removeRemains(place().target, setFolder(parts), '')).rejects.toMatchObject({ kind: 'invalid' });
  });
});

function place() {
  const objects: Objects = new Map();
  return { objects, target: createMemoryTarget(objects) };
}

function leave(objects: Objects, of: Partial<SetParts>): string {
  const { archive } = setNames({ ...parts, ...of });
  objects.set(archive, Buffer.from('abc'));
  return archive;
}

async function count(items: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const _ of items) found += 1;
  return found;
}
