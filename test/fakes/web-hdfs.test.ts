import { comparePaths } from '../../model/tree';
import { openHdfsTree } from '../../servers/hdfs-tree';
import { simpleLogin } from '../../servers/login';
import { encryptionZones } from '../../servers/name-node-lists';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { all } from '../sets/data-fixture';
import { createLargeTree } from './large-tree';
import { type FakeWebHdfs, startFakeWebHdfs } from './web-hdfs';

const login = simpleLogin({ user: 'root' });
let fake: FakeWebHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  const tree = createLargeTree(5, 23);
  fake = await startFakeWebHdfs({ nameService: 'hacluster', tree, mounts: /^\/data(?=\/|$)/, page: 10 });
  dfs = openWebHdfs(fake.address.nameNodes, login);
});
afterAll(() => fake?.close());

test('the tree is listed page by page, each entry once, in the order of trees, frozen as well as live', async () => {
  const live = await all(openHdfsTree(dfs, '/data').list());
  expect(live).toHaveLength(1 + 5 + 5 * 23);
  const paths = live.map(({ path }) => path);
  expect([...new Set(paths)].sort(comparePaths)).toEqual(paths);
  const filled = live.filter(({ bytes }) => bytes > 0);
  expect(filled).toHaveLength(3);
  const sums = await Promise.all(filled.map(({ path }) => dfs.fileChecksum(`/data/${path}`)));
  expect(new Set(sums.map(({ bytes }) => bytes)).size).toBe(3);

  await dfs.allowSnapshots('/data');
  await dfs.createSnapshot('/data', 's1');
  expect(await all(openHdfsTree(dfs, '/data/.snapshot/s1').list())).toEqual(live);
  await expect(all(openHdfsTree(dfs, '/data/.snapshot/s2').list())).rejects.toMatchObject({ kind: 'missing' });
  await dfs.deleteSnapshot('/data', 's1');
});

test('small files are written, replaced, and frozen as they were', async () => {
  await dfs.mkdirs('/sets/a');
  await dfs.create('/sets/a/one', Buffer.from('one'));
  await dfs.allowSnapshots('/sets');
  await dfs.createSnapshot('/sets', 's1');
  await dfs.create('/sets/a/part', Buffer.from('two'));
  await dfs.replace('/sets/a/part', '/sets/a/one');
  await dfs.createSnapshot('/sets', 's2');
  const read = async (path: string) => Buffer.concat(await all<Buffer>(await dfs.open(path))).toString();
  expect([await read('/sets/.snapshot/s1/a/one'), await read('/sets/a/one')]).toEqual(['one', 'two']);
  expect((await all(dfs.snapshotDiff('/sets', 's1', 's2'))).map(({ path }) => path)).toEqual(['a/one']);
  expect(await dfs.status('/sets/a/part')).toBeUndefined();
});

test('it has no encryption zones, and refuses by name what it does not know', async () => {
  expect(await encryptionZones({ addresses: fake.address.nameNodes, login })).toEqual([]);
  await expect(dfs.append('/sets/a/one', Buffer.from('x'))).rejects.toMatchObject({
    message: expect.stringContaining('the fake knows no APPEND') as string,
  });
});
