import { createHash } from 'node:crypto';
import { setNames } from '../../sets/layout';
import { listSetNames, listSetsOfPart, previousDigest } from '../../sets/set-names';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { addSet, parts } from './fixture';

const labels = ['20240305000000', '20240301000000', '20240304000000', '20240302000000', '20240303000000'];

describe('a page of set names', () => {
  it('continues where the one before it ended, and together they are all names, sorted', async () => {
    const { target, names } = await someSets();
    expect(await listSetNames(target, '')).toEqual(names);
    for (const most of [1, 2, 3, 5, 6]) {
      const pages: string[] = [];
      for (let page = await listSetNames(target, '', { after: '', most }); page.length > 0;) {
        expect(page.length).toBeLessThanOrEqual(most);
        pages.push(...page);
        page = await listSetNames(target, '', { after: page.at(-1)!, most });
      }
      expect(pages).toEqual(names);
    }
  });
});

describe('the sets of a part', () => {
  it('are those in the same folder that are written the same, oldest first', async () => {
    const { target, names } = await someSets();
    await addSet(target, { label: '20240302120000', writtenAs: 'NameNode' });
    await addSet(target, { label: '20240302130000', task: 'other' });
    const newest = setNames({ ...parts, label: '20250101000000' }).name;
    expect(await listSetsOfPart(target, newest)).toEqual(
      names.map((name, place) => ({ name, label: [...labels].sort()[place] })),
    );
  });
});

describe('the digest of the manifest before', () => {
  it('is that of the latest earlier set of the part', async () => {
    const { target, objects, names } = await someSets();
    const sets = await listSetsOfPart(target, names[0]!);
    const before = createHash('sha256')
      .update(objects.get(`${names[1]}.manifest.json`)!)
      .digest('hex');
    expect(await previousDigest(target, names[2]!, sets)).toBe(before);
    const later = setNames({ ...parts, label: '20240302180000' }).name;
    expect(await previousDigest(target, later, sets)).toBe(before);
  });

  it('is null for the first', async () => {
    const { target, names } = await someSets();
    expect(await previousDigest(target, names[0]!, await listSetsOfPart(target, names[0]!))).toBeNull();
  });
});

async function someSets() {
  const objects: Objects = new Map();
  const target = createMemoryTarget(objects);
  const names: string[] = [];
  for (const label of labels) names.push(await addSet(target, { label }));
  return { target, objects, names: names.sort() };
}
