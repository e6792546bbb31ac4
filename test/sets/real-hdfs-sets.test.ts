import { dirname } from 'node:path/posix';
import { noControl } from '../../model/control';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { compareTree } from '../../sets/compare-tree';
import { commitDataSet, freezeTarget } from '../../sets/commit-data';
import { indexLines } from '../../sets/list-tree';
import { listSets } from '../../sets/list';
import { putDataManifest } from '../../sets/manifest';
import { removeRemains, removeSet } from '../../sets/prune';
import { putIndex, readStoredIndex, writeIndex } from '../../sets/tree-index';
import { verifySet } from '../../sets/verify';
import { bodyOf } from '../../targets/conformance/tools';
import { newPartName } from '../../targets/part-names';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { temporaryFolder } from '../targets/folders';
import { openHdfsAt } from '../targets/hdfs-place';
import { all, anyDataManifest, namesFor } from './data-fixture';
import { noise } from './fixture';

let real: RealHdfs;
beforeAll(async () => void (real = await startRealHdfs()));
afterAll(() => real?.end());

const content = { 'a/empty': '', 'a/small': 'x', 'a b/%41+ü😀': 'odd', '.hidden': noise(300_000), 'ü/z': 'not ASCII' };

const openTarget = () => openHdfsAt(real.hdfs.httpAddress);

describe('a set of service data on a real HDFS', () => {
  it('is made, listed, verified to its last byte, compared with what lies there now, and removed', async () => {
    const target = openTarget();
    const [names, snapshots, spool] = [namesFor(), target.snapshots!, temporaryFolder()];
    await snapshots.open(names.folder);
    for (const [path, bytes] of Object.entries(content))
      await target.put(`${names.folder}/${names.tree(0)}/${path}`, bodyOf(bytes));

    const live = snapshots.read(names.folder, undefined, names.tree(0));
    const written = await writeIndex(indexLines(live, noControl()), spool);
    expect(written).toMatchObject({ files: 5, directories: 4, bytes: 300_000 + 1 + 3 + 9 });
    expect(await putIndex(target, names, spool, written.index)).toBe(1);
    expect(await putIndex(target, names, spool, written.index)).toBe(0);
    const tree = { number: 0, path: '/source', ...written, unverified: 0 };
    await putDataManifest(target, names, anyDataManifest({}, [tree]));
    await snapshots.create(names.folder, names.snapshot);

    expect(await all(listSets(target, ''))).toMatchObject([{ name: names.name, family: 'data', bytes: written.bytes }]);
    const verified = await verifySet(target, names.name, 'content', noControl());
    expect(verified).toMatchObject({ problems: [], bytesRead: written.bytes });

    await target.put(`${names.folder}/${names.tree(0)}/a/small`, bodyOf('y'));
    const index = readStoredIndex(target, names.index, written.index);
    expect(await compareTree(index, live, noControl())).toMatchObject({
      unverified: 0,
      differing: 1,
      differences: [expect.stringContaining('"a/small" has modification time')],
    });

    await removeSet(target, names.name);
    expect(await removeRemains(target, names.folder, names.label)).toEqual([names.folder]);
    expect(await snapshots.folders('')).toEqual([]);
    await target[Symbol.asyncDispose]();
  });

  it('holds nothing of puts that were cut off while it was made', async () => {
    const [target, names, spool] = [openTarget(), namesFor(), temporaryFolder()];
    const snapshots = target.snapshots!;
    await snapshots.open(names.folder);
    await target.put(`${names.folder}/${names.tree(0)}/file`, bodyOf('x'));
    const live = snapshots.read(names.folder, undefined, names.tree(0));
    const written = await writeIndex(indexLines(live, noControl()), spool);
    const segment = written.index[0]!.sha256;
    await freezeTarget(snapshots, names);
    const dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
    for (const name of [names.writtenIndex(segment), names.writtenManifest])
      await dfs.create(`/backup/${dirname(name)}/${newPartName(name)}`, Buffer.from('cut off'));

    const tree = { number: 0, path: '/source', ...written, unverified: 0 };
    await commitDataSet({ target, snapshots }, names, anyDataManifest({}, [tree]), () => spool);
    const own = await all(snapshots.read(names.folder, names.snapshot, '.cairn').list());
    expect(own.map(({ path }) => path)).toEqual(['', 'index', `index/${segment}`, 'manifest.json']);
    expect(await snapshots.changes(names.folder, names.snapshot, '', 10)).toEqual([]);
    await target[Symbol.asyncDispose]();
  });
});
