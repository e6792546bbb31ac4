import { type Login, simpleLogin } from '../../servers/login';
import { type HdfsChange, openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { type RealHdfs, startRealHdfs } from './real-hdfs';

let real: RealHdfs;
let dfs: WebHdfs;
/** The same HDFS, as if it were of an older version. */
let older: WebHdfs;

beforeAll(async () => {
  real = await startRealHdfs({ properties: { 'dfs.namenode.snapshotdiff.listing.limit': '3' } });
  dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
  older = openWebHdfs([real.hdfs.httpAddress], withoutNewOperations(simpleLogin({ user: 'root' })));
});
afterAll(() => real?.end());

test('the root itself may have snapshots, and nothing below it then', async () => {
  expect(await dfs.snapshottableDirectories()).toEqual([]);
  await dfs.allowSnapshots('/');
  await dfs.createSnapshot('/', 'whole');
  expect(await dfs.snapshottableDirectories()).toEqual([{ path: '/', snapshots: 1, quota: expect.any(Number) }]);
  for (const client of [dfs, older]) expect(await namesOf(client, '/')).toEqual(['whole']);
  await dfs.mkdirs('/below');
  await expect(dfs.allowSnapshots('/below')).rejects.toMatchObject({ kind: 'conflict' });
  await dfs.deleteSnapshot('/', 'whole');
  await dfs.disallowSnapshots('/');
});

test('snapshots are allowed, made, listed, renamed and deleted', async () => {
  await dfs.mkdirs('/a/life');
  expect(await dfs.status('/a/life')).not.toHaveProperty('isSnapshottable', true);
  await dfs.allowSnapshots('/a/life');
  await dfs.allowSnapshots('/a/life');
  expect(await dfs.status('/a/life')).toMatchObject({ isSnapshottable: true });
  expect(await dfs.snapshotsOf('/a/life')).toEqual([]);
  const start = Date.now();
  await dfs.createSnapshot('/a/life', 'first');
  await dfs.createSnapshot('/a/life', 'second & last');
  for (const client of [dfs, older]) {
    expect(await namesOf(client, '/a/life')).toEqual(['first', 'second & last']);
    const times = (await client.snapshotsOf('/a/life')).map(({ modified }) => modified);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(start);
  }
  const listed = await dfs.snapshottableDirectories();
  expect(listed).toEqual([{ path: '/a/life', snapshots: 2, quota: expect.any(Number) }]);
  await dfs.renameSnapshot('/a/life', 'first', '1st');
  expect(await namesOf(dfs, '/a/life')).toEqual(['1st', 'second & last']);
  await dfs.deleteSnapshot('/a/life', '1st');
  await dfs.deleteSnapshot('/a/life', 'second & last');
  expect(await dfs.snapshotsOf('/a/life')).toEqual([]);
  await dfs.disallowSnapshots('/a/life');
  await dfs.disallowSnapshots('/a/life');
  expect(await dfs.snapshottableDirectories()).toEqual([]);
});

test('a name that is taken, and a directory that still has snapshots, are conflicts', async () => {
  await dfs.mkdirs('/taken');
  await dfs.allowSnapshots('/taken');
  await dfs.createSnapshot('/taken', 'one');
  await dfs.createSnapshot('/taken', 'two');
  await expect(dfs.createSnapshot('/taken', 'one')).rejects.toMatchObject({ kind: 'conflict' });
  await expect(dfs.renameSnapshot('/taken', 'one', 'two')).rejects.toMatchObject({ kind: 'conflict' });
  await expect(dfs.disallowSnapshots('/taken')).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('/taken has snapshot(s)'),
  });
  await expect(dfs.remove('/taken')).rejects.toMatchObject({ kind: 'conflict' });
  await expect(dfs.createSnapshot('/taken', 'a/b')).rejects.toMatchObject({ kind: 'invalid' });
});

test('what is not there is missing, but for a snapshot that is to be deleted', async () => {
  await dfs.mkdirs('/absent');
  await dfs.allowSnapshots('/absent');
  await expect(dfs.renameSnapshot('/absent', 'no', 'yes')).rejects.toMatchObject({ kind: 'missing' });
  await expect(all(dfs.snapshotDiff('/absent', 'no', ''))).rejects.toMatchObject({ kind: 'missing' });
  await expect(all(dfs.snapshotDiff('/absent', 'no', 'yes'))).rejects.toMatchObject({ kind: 'missing' });
  await expect(dfs.allowSnapshots('/nothing')).rejects.toMatchObject({ kind: 'missing' });
  await expect(dfs.disallowSnapshots('/nothing')).rejects.toMatchObject({ kind: 'missing' });
  await expect(dfs.createSnapshot('/nothing', 's')).rejects.toMatchObject({ kind: 'missing' });
  for (const client of [dfs, older]) {
    await expect(client.snapshotsOf('/nothing')).rejects.toMatchObject({ kind: 'missing' });
  }
  await dfs.deleteSnapshot('/absent', 'no');
  await dfs.deleteSnapshot('/nothing', 'no');
});

test('where no snapshots are allowed there are none, none is made, and none need be deleted', async () => {
  await dfs.mkdirs('/plain');
  for (const client of [dfs, older]) expect(await client.snapshotsOf('/plain')).toEqual([]);
  await dfs.deleteSnapshot('/plain', 's');
  await expect(dfs.createSnapshot('/plain', 's')).rejects.toMatchObject({ kind: 'precondition' });
  await expect(all(dfs.snapshotDiff('/plain', 'a', 'b'))).rejects.toMatchObject({ kind: 'precondition' });
  await dfs.create('/plain/file', Buffer.from('x'));
  await expect(dfs.allowSnapshots('/plain/file')).rejects.toMatchObject({ kind: 'conflict' });
});

test('other people may not allow snapshots, and see only their own directories', async () => {
  await dfs.mkdirs('/not-theirs');
  const alice = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'alice' }));
  await expect(alice.allowSnapshots('/not-theirs')).rejects.toMatchObject({ kind: 'denied' });
  await dfs.allowSnapshots('/not-theirs');
  expect(await alice.snapshottableDirectories()).toEqual([]);
});

describe('the difference of two snapshots', () => {
  const root = '/diff of all';
  /** What HDFS itself reports; more than fits on a page of three. */
  const changes: HdfsChange[] = [
    { type: 'modify', path: '' },
    { type: 'modify', path: 'a' },
    { type: 'modify', path: 'z' },
    { type: 'modify', path: 'a/appended' },
    { type: 'modify', path: 'a/moved and appended' },
    { type: 'rename', path: 'a/moved and appended', to: 'z/moved' },
    { type: 'rename', path: 'z/back', to: 'a/back' },
    { type: 'rename', path: 'old', to: 'new' },
    { type: 'rename', path: 'a/into', to: 'made/into' },
    { type: 'delete', path: 'a/left' },
    { type: 'delete', path: 'a/deleted' },
    { type: 'create', path: 'made' },
    { type: 'create', path: 'z/came' },
    { type: 'create', path: 'z/late' },
    ...Array.from({ length: 8 }, (_, n): HdfsChange => ({ type: 'create', path: `a/${n} 漢` })),
  ];

  beforeAll(async () => {
    const files = ['a/appended', 'a/moved and appended', 'a/into', 'a/left', 'a/deleted', 'z/back', 'old/inside'];
    for (const file of files) await dfs.create(`${root}/${file}`, Buffer.from('x'));
    for (const directory of [root, '/elsewhere']) {
      await dfs.mkdirs(directory);
      if (directory !== root) await dfs.create(`${directory}/came`, Buffer.from('x'));
      await dfs.allowSnapshots(directory);
      await dfs.createSnapshot(directory, 'from');
    }
    await dfs.append(`${root}/a/appended`, Buffer.from('y'));
    await dfs.rename(`${root}/a/moved and appended`, `${root}/z/moved`);
    await dfs.append(`${root}/z/moved`, Buffer.from('y'));
    await dfs.rename(`${root}/z/back`, `${root}/a/back`);
    await dfs.rename(`${root}/old`, `${root}/new`);
    await dfs.mkdirs(`${root}/made`);
    await dfs.rename(`${root}/a/into`, `${root}/made/into`);
    await dfs.rename(`${root}/a/left`, '/elsewhere/left');
    await dfs.rename('/elsewhere/came', `${root}/z/came`);
    await dfs.remove(`${root}/a/deleted`);
    for (let n = 0; n < 8; n += 1) await dfs.mkdirs(`${root}/a/${n} 漢`);
    // In a snapshot between, so that its new name is a reference to what the first snapshot does not know.
    await dfs.create(`${root}/a/between`, Buffer.from('x'));
    await dfs.createSnapshot(root, 'between');
    await dfs.rename(`${root}/a/between`, `${root}/z/late`);
    await dfs.createSnapshot(root, 'to');
  });

  test('comes page by page, and in one answer from older servers', async () => {
    const { login, asked } = counting(simpleLogin({ user: 'root' }));
    const counted = openWebHdfs([real.hdfs.httpAddress], login);
    expect(sorted(await all(counted.snapshotDiff(root, 'from', 'to')))).toEqual(sorted(changes));
    expect(asked('GETSNAPSHOTDIFFLISTING')).toBeGreaterThan(5);
    expect(sorted(await all(older.snapshotDiff(root, 'from', 'to')))).toEqual(sorted(changes));
  });

  test('is told backwards, too', async () => {
    const backwards = sorted(await all(older.snapshotDiff(root, 'to', 'from')));
    expect(sorted(await all(dfs.snapshotDiff(root, 'to', 'from')))).toEqual(backwards);
    expect(backwards).toContainEqual({ type: 'rename', path: 'z/moved', to: 'a/moved and appended' });
    expect(backwards).toContainEqual({ type: 'delete', path: 'z/late' });
    expect(backwards).toContainEqual({ type: 'create', path: 'a/deleted' });
    expect(backwards).toHaveLength(changes.length);
  });

  test('and of the present state holds what came after', async () => {
    expect(sorted(await all(dfs.snapshotDiff(root, 'from', '')))).toEqual(sorted(changes));
    expect(await all(dfs.snapshotDiff(root, 'to', ''))).toEqual([]);
    await dfs.create(`${root}/z/after`, Buffer.from('x'));
    expect(sorted(await all(dfs.snapshotDiff(root, 'to', '')))).toEqual([
      { type: 'create', path: 'z/after' },
      { type: 'modify', path: 'z' },
    ]);
    expect(await all(dfs.snapshotDiff(root, '', 'to'))).toContainEqual({ type: 'delete', path: 'z/after' });
  });

  test('is empty where nothing changed', async () => {
    await dfs.createSnapshot(root, 'here');
    await dfs.createSnapshot(root, 'again');
    for (const client of [dfs, older]) expect(await all(client.snapshotDiff(root, 'here', 'again'))).toEqual([]);
  });
});

/** Asks for the operations of Hadoop 3.4 under names that no version knows. */
function withoutNewOperations(login: Login): Login {
  const unknown = (url: URL) =>
    new URL(url.href.replace(/op=(GETSNAPSHOTLIST|GETSNAPSHOTDIFFLISTING)\b/, 'op=OF_LATER'));
  return { ...login, send: (url, outgoing) => login.send(unknown(url), outgoing) };
}

function counting(login: Login): { readonly login: Login; asked(operation: string): number } {
  const operations: (string | null)[] = [];
  return {
    login: {
      ...login,
      send: (url, outgoing) => {
        operations.push(url.searchParams.get('op'));
        return login.send(url, outgoing);
      },
    },
    asked: (operation) => operations.filter((asked) => asked === operation).length,
  };
}

async function namesOf(client: WebHdfs, path: string): Promise<string[]> {
  return (await client.snapshotsOf(path)).map(({ name }) => name).sort();
}

async function all(changes: AsyncIterable<HdfsChange>): Promise<HdfsChange[]> {
  const found = [];
  for await (const change of changes) found.push(change);
  return found;
}

function sorted(changes: readonly HdfsChange[]): HdfsChange[] {
  const key = ({ type, path, to }: HdfsChange) => JSON.stringify([type, path, to]);
  return [...changes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
