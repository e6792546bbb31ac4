import { buffer } from 'node:stream/consumers';
import { openHdfsTree } from '../../servers/hdfs-tree';
import { simpleLogin } from '../../servers/login';
import { type HdfsEntry, openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { comparePaths, type TreeEntry } from '../../model/tree';
import { type RealHdfs, startRealHdfs } from './real-hdfs';

let real: RealHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
  dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => real?.end());

/** Some sort elsewhere by any other rule: by JavaScript's units, by whole paths, by unsigned bytes. */
const oddNames = [
  'a',
  'a!',
  'a b',
  'a.',
  'aa',
  'aü',
  'a\\b',
  'B',
  '%41',
  '-',
  '~',
  'é',
  '日本',
  '\uffee',
  '😀',
  '😁',
  '.hidden',
];

describe('a tree of HDFS is listed', () => {
  it('each directory before what it holds, siblings as comparePaths has them', async () => {
    for (const name of oddNames) {
      await dfs.create(`/odd/${name}/${name}`, Buffer.from(name));
      await dfs.create(`/odd/file ${name}`, Buffer.alloc(0));
    }
    const paths = (await all(openHdfsTree(dfs, '/odd').list())).map(({ path }) => path);
    const expected = ['', ...oddNames.flatMap((name) => [name, `${name}/${name}`, `file ${name}`])];
    expect(paths).toEqual(expected.sort(comparePaths));
  });

  it('with what HDFS tells of each entry', async () => {
    await dfs.create('/attributes/file', Buffer.from('12345'), { permission: '640', blockSize: 1024 * 1024 });
    await dfs.setOwner('/attributes/file', 'alice', 'users');
    await dfs.setAcl('/attributes/file', ['user:bob:r--', 'group::r--']);
    await dfs.setTimes('/attributes/file', 1_700_000_000_000, -1);
    await dfs.setPermission('/attributes', '1750');
    const [root, file] = await all(openHdfsTree(dfs, '/attributes').list());
    expect(root).toEqual({
      path: '',
      type: 'directory',
      bytes: 0,
      modified: expect.any(Number),
      owner: 'root',
      group: 'supergroup',
      permission: '1750',
    });
    expect(file).toEqual({
      path: 'file',
      type: 'file',
      bytes: 5,
      modified: 1_700_000_000_000,
      owner: 'alice',
      group: 'users',
      permission: '640',
      replication: 1,
      blockSize: 1024 * 1024,
      hasAcl: true,
    });
  });

  it('as it was in a snapshot', async () => {
    await dfs.create('/frozen/below/kept', Buffer.from('then'));
    await dfs.allowSnapshots('/frozen');
    await dfs.createSnapshot('/frozen', 's1');
    await dfs.remove('/frozen/below');
    const tree = openHdfsTree(dfs, '/frozen/.snapshot/s1');
    expect((await all(tree.list())).map(({ path }) => path)).toEqual(['', 'below', 'below/kept']);
    expect(String(await buffer(await tree.open('below/kept')))).toBe('then');
    expect(await tree.checksum('below/kept')).toBeDefined();
    expect(await all(openHdfsTree(dfs, '/frozen').list())).toHaveLength(1);
  });

  it('and one that is a single file has this one entry', async () => {
    await dfs.create('/single', Buffer.from('x'));
    const tree = openHdfsTree(dfs, '/single');
    expect(await all(tree.list())).toMatchObject([{ path: '', type: 'file', bytes: 1 }]);
    expect(String(await buffer(await tree.open('')))).toBe('x');
  });

  it('and one that is not there is missing', async () => {
    await expect(all(openHdfsTree(dfs, '/nothing/here').list())).rejects.toMatchObject({ kind: 'missing' });
  });

  it('the root of HDFS is a tree, too', async () => {
    const paths = (await all(openHdfsTree(dfs, '/').list())).map(({ path }) => path);
    expect(paths.slice(0, 3)).toEqual(['', 'attributes', 'attributes/file']);
    expect(paths).toContain('single');
  });

  it('a symbolic link is unsupported, and is named', async () => {
    const link = { ...(await dfs.status('/attributes/file'))!, name: 'link', type: 'symlink' };
    async function* list(): AsyncIterable<HdfsEntry> {
      yield link as HdfsEntry;
    }
    const linked = openHdfsTree({ ...dfs, list }, '/attributes');
    await expect(all(linked.list())).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('/attributes/link'),
    });
  });

  it('only as far as it is asked for: nothing is read ahead', async () => {
    for (const name of ['one', 'two']) await dfs.create(`/ahead/${name}/file`, Buffer.from('x'));
    const listed: string[] = [];
    const list: WebHdfs['list'] = (path) => (listed.push(path), dfs.list(path));
    for await (const { path } of openHdfsTree({ ...dfs, list }, '/ahead').list()) if (path === 'one/file') break;
    expect(listed).toEqual(['/ahead', '/ahead/one']);
  });
});

describe('a file of a tree', () => {
  it('has the checksum that HDFS tells: equal for equal bytes, in lower-case hex', async () => {
    for (const [name, content] of Object.entries({ one: 'same', two: 'same', three: 'else', empty: '' }))
      await dfs.create(`/sums/${name}`, Buffer.from(content));
    const tree = openHdfsTree(dfs, '/sums');
    const [one, two, three, empty] = await Promise.all(['one', 'two', 'three', 'empty'].map((p) => tree.checksum(p)));
    expect(one).toEqual({
      algorithm: expect.stringMatching(/^MD5-of-/),
      value: expect.stringMatching(/^[0-9a-f]{32,}$/),
    });
    expect(two).toEqual(one);
    expect(three?.value).not.toBe(one?.value);
    expect(empty?.value).toMatch(/^[0-9a-f]{32,}$/);
    await expect(tree.checksum('nothing')).rejects.toMatchObject({ kind: 'missing' });
  });

  it('is read whole and by ranges', async () => {
    await dfs.create('/read/digits', Buffer.from('0123456789'));
    const tree = openHdfsTree(dfs, '/read');
    expect(String(await buffer(await tree.open('digits')))).toBe('0123456789');
    expect(String(await buffer(await tree.open('digits', { start: 3, end: 5 })))).toBe('345');
    await expect(tree.open('nothing')).rejects.toMatchObject({ kind: 'missing' });
  });
});

async function all(entries: AsyncIterable<TreeEntry>): Promise<TreeEntry[]> {
  const found: TreeEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}
