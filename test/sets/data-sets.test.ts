import { createHash } from 'node:crypto';
import type { DataManifest } from '../../model/manifest';
import { listSets } from '../../sets/list';
import {
  formatManifest,
  parseManifest,
  putDataManifest,
  readDataManifest,
  readManifest,
  readMetadataManifest,
  readStoredManifest,
} from '../../sets/manifest';
import { removeRemains, removeSet } from '../../sets/prune';
import { listSetNames, listSetsOfPart, previousDigest } from '../../sets/set-names';
import {
  all,
  anyDataManifest,
  bytesOfSomeTrees,
  copyInto,
  makeDataSet,
  namesFor,
  placeWithSnapshots,
} from './data-fixture';
import { addSet } from './fixture';
import { mutationsOf } from './mutations';

const later = '20240302120000';

describe('the manifest of a set of service data', () => {
  const { name } = namesFor();

  it('says again what was written, in one text whatever the order of fields was', () => {
    const text = formatManifest(anyDataManifest());
    expect(parseManifest(text, name)).toEqual(anyDataManifest());
    const reversed = Object.fromEntries(Object.entries(anyDataManifest()).reverse()) as unknown as DataManifest;
    expect(formatManifest(reversed)).toBe(text);
  });

  it('is read from the snapshot, with size and digest, and stays when the next one is written', async () => {
    const place = placeWithSnapshots();
    const { names, manifest } = await makeDataSet(place);
    const text = formatManifest(manifest);
    await putDataManifest(place.target, namesFor({ label: later }), anyDataManifest({ label: later }));
    expect(await readStoredManifest(place.target, names.name)).toEqual({
      manifest,
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    });
    expect(await readDataManifest(place.target, names.name)).toEqual(manifest);
  });

  it('makes no set before the snapshot has its name', async () => {
    const { target } = placeWithSnapshots();
    const names = namesFor();
    await target.snapshots!.open(names.folder);
    await putDataManifest(target, names, anyDataManifest());
    await target.snapshots!.create(names.folder, names.committing);
    expect(await listSetNames(target, '')).toEqual([]);
    await expect(readManifest(target, names.name)).rejects.toMatchObject({ kind: 'missing' });
    await target.snapshots!.rename(names.folder, names.committing, names.snapshot);
    expect(await listSetNames(target, '')).toEqual([names.name]);
  });

  it('may be written again, but never another one for a set that stands', async () => {
    const place = placeWithSnapshots();
    const { names, manifest, target } = await makeDataSet(place);
    await putDataManifest(target, names, manifest);
    const other = putDataManifest(target, names, { ...manifest, verified: 'unverified' });
    await expect(other).rejects.toMatchObject({ kind: 'conflict' });
    expect(place.folders.get(names.folder)!.live.get('.cairn/manifest.json')!.content!.toString()).toBe(
      formatManifest(manifest),
    );
  });

  it.each<[string, (manifest: DataManifest) => DataManifest]>([
    ['another label', (manifest) => ({ ...manifest, label: later })],
    ['another task', (manifest) => ({ ...manifest, task: { ...manifest.task, name: 'other' } })],
    ['another source', (manifest) => ({ ...manifest, source: 'hbase' })],
    [
      'totals that are not those of its trees',
      (manifest) => ({ ...manifest, totals: { ...manifest.totals, bytes: 1 } }),
    ],
    ['a tree left out', ({ trees, ...manifest }) => ({ ...manifest, trees: [{ ...trees[0]!, number: 1 }] })],
    [
      'a path twice',
      ({ trees: [tree], totals, ...manifest }) => ({
        ...manifest,
        trees: [tree!, { ...tree!, number: 1 }],
        totals: { ...totals, directories: 2 },
      }),
    ],
  ])('is not believed with %s, nor written', async (_what, change) => {
    const wrong = change(anyDataManifest());
    expect(() => parseManifest(formatManifest(wrong), name)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    const { target } = placeWithSnapshots();
    await expect(putDataManifest(target, namesFor(), wrong)).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('is noticed in 300 mutations of its bytes', async () => {
    const place = placeWithSnapshots();
    const { names, manifest } = await makeDataSet(place);
    for (const { bytes } of mutationsOf(Buffer.from(formatManifest(manifest)), 300, 8)) {
      damage(place, names, bytes);
      await expect(readManifest(place.target, names.name)).rejects.toMatchObject({ kind: 'corrupt' });
    }
  });

  it('is told from one of metadata', async () => {
    const place = placeWithSnapshots();
    const { names, target } = await makeDataSet(place);
    const metadata = await addSet(target, {});
    await expect(readMetadataManifest(target, names.name)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(readDataManifest(target, metadata)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await readMetadataManifest(target, metadata)).toEqual(await readManifest(target, metadata));
    place.objects.set(`${metadata}.manifest.json`, Buffer.from(formatManifest(anyDataManifest())));
    await expect(readManifest(target, metadata)).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('is damaged, not absent, when its snapshot holds none', async () => {
    const { target } = placeWithSnapshots();
    const { folder, snapshot, name: set } = namesFor();
    await target.snapshots!.open(folder);
    await target.snapshots!.create(folder, snapshot);
    await expect(readManifest(target, set)).rejects.toMatchObject({
      kind: 'corrupt',
      what: expect.stringContaining('it is not there'),
    });
    await expect(readManifest(target, namesFor({ label: later }).name)).rejects.toMatchObject({ kind: 'missing' });
  });
});

describe('a list of sets of both families', () => {
  it('tells of service data what its manifest says', async () => {
    const { target, names } = await makeDataSet(placeWithSnapshots());
    expect(await all(listSets(target, ''))).toMatchObject([
      {
        name: names.name,
        label: '20240301120000',
        task: 'nightly_1',
        creation: '20240101000000',
        cluster: '1',
        source: 'hdfs',
        part: '',
        family: 'data',
        productVersion: '3.3.0-LTS.1',
        bytes: bytesOfSomeTrees,
        paths: ['/source/0', '/source/1'],
        verified: 'storeChecksum',
      },
    ]);
  });

  it('has pages over both, sorted, each beginning where the one before it ended', async () => {
    const place = placeWithSnapshots();
    const { target } = place;
    const names: string[] = [];
    for (const label of ['20240303000000', '20240301000000', '20240302000000']) {
      names.push(await addSet(target, { label }), (await makeDataSet(place, { label })).names.name);
      names.push((await makeDataSet(place, { label, root: '7', task: 'other_HDFS' })).names.name);
    }
    names.sort();
    expect(await listSetNames(target, '')).toEqual(names);
    for (const most of [1, 2, 4, 9, 10]) {
      const pages: string[] = [];
      for (let page = await listSetNames(target, '', { after: '', most }); page.length > 0;) {
        expect(page.length).toBeLessThanOrEqual(most);
        pages.push(...page);
        page = await listSetNames(target, '', { after: page.at(-1)!, most });
      }
      expect(pages).toEqual(names);
    }
  });

  it('has those below a prefix, which may be the folder itself', async () => {
    const place = placeWithSnapshots();
    const { target } = place;
    const one = (await makeDataSet(place, { root: '7' })).names;
    const two = (await makeDataSet(place, { root: '8' })).names;
    expect(await listSetNames(target, '7')).toEqual([one.name]);
    expect(await listSetNames(target, one.folder)).toEqual([one.name]);
    expect(await listSetNames(target, two.folder)).toEqual([two.name]);
    expect(await listSetNames(target, '9')).toEqual([]);
  });

  it('shows damaged ones with what is wrong, and passes over snapshots and folders of others', async () => {
    const place = placeWithSnapshots();
    const { names, target } = await makeDataSet(place);
    for (const name of ['unfinished-20240302000000', 'by hand', '2024']) {
      await target.snapshots!.create(names.folder, name);
    }
    await target.snapshots!.open('somebody/elses');
    await target.snapshots!.create('somebody/elses', '20240302000000');
    damage(place, names, Buffer.from('{}'));
    expect(await all(listSets(target, ''))).toEqual([
      {
        name: names.name,
        label: names.label,
        task: 'nightly_1',
        creation: '20240101000000',
        problem: `the manifest ${names.manifest} is damaged: its end is missing`,
      },
    ]);
  });
});

describe('the sets of a source of service data', () => {
  it('are those of its folder, oldest first, and none of metadata or of another task', async () => {
    const place = placeWithSnapshots();
    const { target } = place;
    for (const label of ['20240303000000', '20240301000000']) await makeDataSet(place, { label });
    await makeDataSet(place, { task: 'nightly' });
    await addSet(target, { task: 'nightly_1_HDFS2' });
    const sets = await listSetsOfPart(target, namesFor({ label: '20250101000000' }).name);
    expect(sets.map(({ label }) => label)).toEqual(['20240301000000', '20240303000000']);
    expect(sets[0]!.name).toBe(namesFor({ label: '20240301000000' }).name);
    const metadata = await addSet(target, {});
    expect(await listSetsOfPart(target, metadata)).toEqual([{ name: metadata, label: '20240301120000' }]);
  });

  it('are chained by the digest of the manifest in the newest older snapshot', async () => {
    const place = placeWithSnapshots();
    const { target } = place;
    const older = await makeDataSet(place, { label: '20240301000000' });
    await makeDataSet(place, { label: '20240303000000' });
    const digest = createHash('sha256').update(formatManifest(older.manifest)).digest('hex');
    const between = namesFor({ label: '20240302000000' }).name;
    expect(await previousDigest(target, between, await listSetsOfPart(target, between))).toBe(digest);
    const first = namesFor({ label: '20230101000000' }).name;
    expect(await previousDigest(target, first, await listSetsOfPart(target, first))).toBeNull();
  });
});

describe('removing a set of service data', () => {
  it('takes its snapshot and nothing else, also with the last one', async () => {
    const place = placeWithSnapshots();
    const [one, two] = [await makeDataSet(place), await makeDataSet(place, { label: later })];
    const live = [...place.folders.get(one.names.folder)!.live.keys()];
    await removeSet(place.target, one.names.name);
    await removeSet(place.target, one.names.name);
    expect(await place.target.snapshots!.list(one.names.folder)).toEqual([later]);
    expect(await readDataManifest(place.target, two.names.name)).toEqual(two.manifest);
    await removeSet(place.target, two.names.name);
    expect([...place.folders.get(one.names.folder)!.live.keys()]).toEqual(live);
  });
});

describe('removing the remains of a run of service data', () => {
  const { folder, label, unfinished, committing } = namesFor({ label: later });

  it('takes its snapshots that made no set; sets and other runs stay', async () => {
    const place = placeWithSnapshots();
    const { target, names } = await makeDataSet(place);
    for (const name of [unfinished, committing, 'unfinished-20240303000000'])
      await target.snapshots!.create(folder, name);
    expect((await removeRemains(target, folder, label)).sort()).toEqual([
      `${folder}/.snapshot/${committing}`,
      `${folder}/.snapshot/${unfinished}`,
    ]);
    expect(await target.snapshots!.list(folder)).toEqual([names.snapshot, 'unfinished-20240303000000']);
    expect(await removeRemains(target, folder, label)).toEqual([]);
  });

  it('takes the folder, too, when nothing stood before', async () => {
    const place = placeWithSnapshots();
    await copyInto(place, namesFor(), { 'data/0/half': 'x' });
    await place.target.snapshots!.create(folder, unfinished);
    expect(await removeRemains(place.target, folder, label)).toEqual([`${folder}/.snapshot/${unfinished}`, folder]);
    expect(place.folders.size).toBe(0);
    expect(await removeRemains(place.target, folder, label)).toEqual([]);
  });

  it('takes no sets of metadata whose task is called so that its folder looks like one of service data', async () => {
    const place = placeWithSnapshots();
    const closed: string[] = [];
    const snapshots = { ...place.target.snapshots!, close: async (name: string) => void closed.push(name) };
    await addSet(place.target, { task: 'nightly_1_HDFS' });
    expect(await removeRemains({ ...place.target, snapshots }, folder, label)).toEqual([]);
    expect(closed).toEqual([]);
    expect(place.objects.size).toBe(2);
  });
});

function damage(
  place: ReturnType<typeof placeWithSnapshots>,
  names: ReturnType<typeof namesFor>,
  content: Buffer,
): void {
  place.folders.get(names.folder)!.snapshots.get(names.snapshot)!.set('.cairn/manifest.json', { content });
}
